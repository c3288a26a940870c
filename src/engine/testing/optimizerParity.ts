import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { RecipeInput } from '../../recipe/schema';
import type { Model } from '../model/model';
import { openFixture, relativeError, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun } from './runs';

/** Made by tools/fixtures/engine/makeOptimizers.py. */
interface Run {
  training: NonNullable<RecipeInput['training']>;
  adapter: NonNullable<RecipeInput['adapter']>;
  curve: { loss: number; grad_norm: number; learning_rate: number }[];
  /** The factors of this module after the last step. */
  module: string;
  a: number[];
  b: number[];
}

const { runs } = JSON.parse(readFileSync(new URL('../fixtures/optimizers.json', import.meta.url), 'utf8')) as {
  runs: Run[];
};

const nameOf = ({ training, adapter }: Run): string =>
  `${training.optim}, clipped at ${training.max_grad_norm}, LoRA+ ratio ${adapter.loraplus_lr_ratio ?? 'none'}`;

/** Ten steps of each optimizer against PyTorch, on one device; the same tests for every kernel implementation. */
export function optimizerParity(open: () => Promise<Kernels>, tolerance = 1e-4): void {
  describe('optimizers', () => {
    let fixture: Fixture;
    let model: Model;
    beforeAll(async () => {
      fixture = await openFixture('qwen2');
      model = await fixture.model(await open());
    });
    afterAll(() => model.dispose());

    test.each(runs.map((run) => [nameOf(run), run] as const))(
      'ten steps: %s',
      async (_, { training, adapter: settings, curve, module, a, b }) => {
        const adapter = fixture.adapter(model);
        const recipe = testRecipe(training, { adapter: settings });
        const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(fixture.examples) });
        const after = (await adapter.read()).find((entry) => entry.module === module);
        adapter.dispose();
        expect(steps).toHaveLength(curve.length);
        curve.forEach((expected, index) => {
          const step = steps[index];
          expect(step?.learning_rate).toBeCloseTo(expected.learning_rate, 12);
          expect(Math.abs((step?.loss ?? 0) / expected.loss - 1), `loss of step ${index + 1}`).toBeLessThan(tolerance);
          const norm = Math.abs((step?.grad_norm ?? 0) / expected.grad_norm - 1);
          expect(norm, `norm of step ${index + 1}`).toBeLessThan(tolerance);
        });
        expect(relativeError(after?.a ?? new Float32Array(), Float32Array.from(a)), 'A').toBeLessThan(tolerance);
        expect(relativeError(after?.b ?? new Float32Array(), Float32Array.from(b)), 'B').toBeLessThan(tolerance);
      },
    );
  });
}
