import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import { dropoutHash } from '../../kernels/runtime/dropoutHash';
import type { RecipeInput } from '../../recipe/schema';
import { createLora, type LoraAdapter } from '../adapters/lora';
import { targetedModules } from '../adapters/targets';
import type { Model } from '../model/model';
import { momentShapes } from '../train/moments';
import { openFixture, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun } from './runs';

/** Made by tools/fixtures/engine/makeAdamw8bit.py: rank 256, so that most factors have 4,096 elements and more. */
interface Reference {
  r: number;
  lora_alpha: number;
  targets: string[];
  training: NonNullable<RecipeInput['training']>;
  curve: { loss: number; grad_norm: number }[];
  /** The same run with moments of 32 bits. */
  curve_32bit: { loss: number; grad_norm: number }[];
}

const reference = JSON.parse(readFileSync(new URL('../fixtures/adamw8bit.json', import.meta.url), 'utf8')) as Reference;

const noise = (seed: number, count: number, scale: number): Float32Array =>
  Float32Array.from({ length: count }, (_, index) => ((dropoutHash(seed, index) >>> 8) / 2 ** 23 - 1) * scale);

/** Moments of 8 bits in a run, against the published algorithm; the same tests for every kernel implementation. */
export function adamw8bitParity(open: () => Promise<Kernels>): void {
  describe('adamw_8bit', () => {
    let fixture: Fixture;
    let model: Model;
    beforeAll(async () => {
      fixture = await openFixture('qwen2');
      model = await fixture.model(await open());
    });
    afterAll(() => model.dispose());

    const { r, lora_alpha, targets, training } = reference;
    const settings = {
      ...{ r, lora_alpha, lora_dropout: 0, use_rslora: false, use_dora: false },
      target_modules: targets,
    };
    const begin = (): LoraAdapter => {
      const values = targetedModules(model.config, targets).map(({ path, shape: [outFeatures, inFeatures] }) => {
        const layer = Number(path.split('.')[2]);
        const place = 10 * layer + targets.findIndex((target) => path.endsWith(`.${target}`));
        const a = noise(1000 + place, r * inFeatures, 0.2);
        return {
          module: path,
          inFeatures,
          outFeatures,
          a,
          b: noise(2000 + place, outFeatures * r, 0.02),
          magnitude: null,
        };
      });
      return createLora(model, settings, { values });
    };
    const recipe = testRecipe(training);

    test('ten steps as the reference: losses to 1e-5, nearer than moments of 32 bits come', async () => {
      const adapter = begin();
      const [shapes] = momentShapes(adapter, recipe);
      const bytes = (shapes ?? []).reduce((sum, { elements }) => sum + 4 * elements, 0);
      // Three k_proj B of 3,072 elements keep 32 bits; AdamW's own would take 8 bytes an element.
      expect(bytes).toBeLessThan(2.2 * adapter.parameters + 8 * 3 * 3072);
      const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(fixture.examples) });
      adapter.dispose();
      expect(steps).toHaveLength(reference.curve.length);
      const distance = (curve: Reference['curve']): number =>
        Math.max(...curve.map(({ loss }, index) => Math.abs((steps[index]?.loss ?? NaN) / loss - 1)));
      expect(distance(reference.curve)).toBeLessThan(1e-5);
      expect(distance(reference.curve)).toBeLessThan(distance(reference.curve_32bit) / 2);
      reference.curve.forEach(({ grad_norm }, index) =>
        expect(Math.abs((steps[index]?.grad_norm ?? NaN) / grad_norm - 1)).toBeLessThan(1e-4),
      );
    });

    test('resumed equals uninterrupted, bit for bit', async () => {
      const saving = testRecipe({ ...training, max_steps: 3, save_steps: 2 });
      const request = { recipe: saving, train: tableOf(fixture.examples) };
      const adapter = begin();
      const whole = await collectRun(model, adapter, request);
      const values = await model.kernels.read(adapter.values);
      adapter.dispose();
      const again = begin();
      const rest = await collectRun(model, again, { ...request, checkpoint: whole.checkpoints[0] ?? null });
      expect(rest.steps.map(({ loss }) => loss)).toEqual(whole.steps.map(({ loss }) => loss).slice(2));
      expect(await model.kernels.read(again.values)).toEqual(values);
      again.dispose();
    });
  });
}
