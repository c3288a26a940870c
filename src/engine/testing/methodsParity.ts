import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PeftConfig } from '../../formats/peft/adapterConfig';
import { readPeftFolder } from '../../formats/peft/adapterFolder';
import { toFloat32 } from '../../formats/safetensors/dtypes';
import { rangedBytes } from '../../lib/ranged';
import { openSafetensors } from '../../formats/safetensors/readSafetensors';
import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import type { RecipeInput } from '../../recipe/schema';
import { createLora, type LoraAdapter, type LoraValues } from '../adapters/lora';
import { buildBatch } from '../batch/buildBatch';
import { createDecoder } from '../generate/decoder';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';
import { fixtureNames, openFixture, relativeError, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun } from './runs';

/** Made by tools/fixtures/engine/makeMethods.py. */
interface MethodRun {
  name: string;
  /** Folder of the adapter that it starts from, within the family's. */
  adapter: string;
  changes: { use_rslora?: boolean };
  training: NonNullable<RecipeInput['training']>;
  loraplus_lr_ratio: number | null;
  curve: { loss: number; grad_norm: number; learning_rate: number }[];
}
interface DropoutReference {
  rate: number;
  seed: number;
  lora: number;
  dora: number;
}

const bytesOf = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url)));
const jsonOf = <T>(path: string): T => JSON.parse(new TextDecoder().decode(bytesOf(path))) as T;

const openTensors = async (path: string) => {
  const file = await openSafetensors(rangedBytes(bytesOf(path)), path);
  return {
    names: [...file.tensors.keys()],
    read: async (name: string) => toFloat32('F32', await file.read(name), name),
  };
};

interface Stored {
  config: PeftConfig;
  pairs: LoraValues[];
}
const openAdapter = (folder: string): Promise<Stored> =>
  readPeftFolder(
    ['adapter_config.json', 'adapter_model.safetensors'].map((name) => ({ name, bytes: bytesOf(`${folder}/${name}`) })),
  );

/** Every trained number's gradient by PEFT's key. */
async function gradientsOf(kernels: Kernels, adapter: LoraAdapter): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  const add = async (key: string, view: View | null | undefined): Promise<void> => {
    if (view) found.set(key, await kernels.read(view));
  };
  for (const { path, aGradient, bGradient, dora } of adapter.modules.values()) {
    const prefix = `gradient.base_model.model.${path}`;
    await add(`${prefix}.lora_A.weight`, aGradient);
    await add(`${prefix}.lora_B.weight`, bGradient);
    await add(`${prefix}.lora_magnitude_vector`, dora?.magnitudeGradient);
  }
  return found;
}

/**
 * DoRA, dropout, and ten steps of every LoRA method and schedule against PEFT, on one device; the same tests for every kernel
 * implementation. Where tests are slow fewer runs are made: those that use other kernels than LoRA does, or none.
 */
export function methodsParity(
  open: () => Promise<Kernels>,
  wanted: 'all runs' | 'DoRA runs' | 'no runs',
  tolerance = 1e-4,
): void {
  describe.each(fixtureNames)('methods: %s', (name) => {
    let fixture: Fixture;
    let model: Model;
    let dora: Stored;
    let tensorsBefore = 0;

    beforeAll(async () => {
      const kernels = await open();
      fixture = await openFixture(name);
      dora = await openAdapter(`${name}/dora`);
      tensorsBefore = tf.memory().numTensors;
      model = await fixture.model(kernels);
    });
    afterAll(() => {
      model.dispose();
      expect(tf.memory().numTensors).toBe(tensorsBefore);
    });

    const create = ({ config, pairs }: Stored, changes: Partial<PeftConfig> = {}): LoraAdapter =>
      createLora(model, { ...config, ...changes }, { values: pairs });

    /** Loss and gradients of the first four rows. */
    const trained = async (adapter: LoraAdapter, checkpointing: boolean, dropoutSeed: number | null) => {
      adapter.startTraining();
      const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
      const scale = 1 / batch.supervised;
      const state = trainMicroBatch(model, adapter, batch, { scale, dropoutSeed, checkpointing });
      const { sum } = tokenLosses(await model.kernels.read(state), batch);
      free(state);
      const gradients = await gradientsOf(model.kernels, adapter);
      adapter.dispose();
      return { loss: sum / batch.supervised, gradients };
    };
    const compare = async (
      actual: Awaited<ReturnType<typeof trained>>,
      loss: number,
      tensors: Awaited<ReturnType<typeof openTensors>>,
      prefix = '',
    ): Promise<void> => {
      expect(Math.abs(actual.loss / loss - 1)).toBeLessThan(tolerance);
      const wanted = tensors.names.filter((key) => key.startsWith(`${prefix}gradient.`));
      expect([...actual.gradients.keys()].map((key) => prefix + key).sort()).toEqual(wanted.sort());
      for (const [key, values] of actual.gradients)
        expect(relativeError(values, await tensors.read(prefix + key)), key).toBeLessThan(tolerance);
    };

    test('rule 17: DoRA, logits as PEFT', async () => {
      const expected = await openTensors(`${name}/dora.safetensors`);
      const adapter = create(dora);
      for (const row of [0, 1]) {
        const ids = [...(fixture.examples[row]?.inputIds ?? [])];
        const decoder = createDecoder(model, adapter, ids.length);
        const last = decoder.feed(ids);
        const actual = await model.kernels.read(last);
        free(last);
        decoder.dispose();
        const whole = await expected.read(`logits.${row}`);
        expect(relativeError(actual, whole.slice(-model.config.vocabSize))).toBeLessThan(tolerance);
      }
      adapter.dispose();
    });

    const ways = [
      ['checkpointing', true],
      ['activations kept', false],
    ] as const;
    test.each(ways.slice(0, wanted === 'all runs' ? 2 : 1))(
      'rule 17: DoRA, loss and every gradient as PEFT: %s',
      async (_, checkpointing) => {
        const { loss } = jsonOf<{ loss: number }>(`${name}/dora.json`);
        await compare(
          await trained(create(dora), checkpointing, null),
          loss,
          await openTensors(`${name}/dora.safetensors`),
        );
      },
    );

    test.each(['lora', 'dora'] as const)(
      'dropout by the engine’s draw in PEFT’s layers, every gradient: %s',
      async (method) => {
        const reference = jsonOf<DropoutReference>(`${name}/dropout.json`);
        const stored = method === 'dora' ? dora : { config: fixture.adapterConfig, pairs: fixture.adapterValues };
        const adapter = create(stored, { lora_dropout: reference.rate });
        const tensors = await openTensors(`${name}/dropout.safetensors`);
        await compare(await trained(adapter, true, reference.seed), reference[method], tensors, `${method}.`);
      },
    );

    const { runs } = jsonOf<{ runs: MethodRun[] }>(`${name}/methods.json`);
    const shown = runs.filter(
      ({ name: method }) => wanted === 'all runs' || (wanted === 'DoRA runs' && method.startsWith('DoRA')),
    );
    test.each(shown.map((run) => [run.name, run.training.lr_scheduler_type, run] as const))(
      'ten steps as PEFT: %s, %s',
      async (_, __, { adapter: folder, changes, training, loraplus_lr_ratio, curve }) => {
        const stored = folder === 'dora' ? dora : { config: fixture.adapterConfig, pairs: fixture.adapterValues };
        const adapter = create(stored, changes);
        const recipe = testRecipe(training, { adapter: { loraplus_lr_ratio, use_dora: folder === 'dora' } });
        const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(fixture.examples) });
        adapter.dispose();
        expect(steps).toHaveLength(curve.length);
        curve.forEach((expected, index) => {
          const step = steps[index];
          expect(step?.learning_rate).toBeCloseTo(expected.learning_rate, 12);
          expect(Math.abs((step?.loss ?? 0) / expected.loss - 1), `loss of step ${index + 1}`).toBeLessThan(tolerance);
          const norm = Math.abs((step?.grad_norm ?? 0) / expected.grad_norm - 1);
          expect(norm, `norm of step ${index + 1}`).toBeLessThan(tolerance);
        });
      },
    );

    const expectNoChange = async (base: Model, adapter: LoraAdapter): Promise<void> => {
      const batch = buildBatch(fixture.examples.slice(0, 3), base.config.vocabSize);
      const results = [];
      for (const used of [null, adapter]) {
        const state = evaluateMicroBatch(base, used, batch);
        results.push(await base.kernels.read(state));
        free(state);
      }
      expect(results[1]).toEqual(results[0]);
    };

    test('a fresh DoRA adapter changes no bit', async () => {
      const adapter = createLora(model, { ...dora.config, lora_dropout: 0.5 }, { seed: 3 });
      await expectNoChange(model, adapter);
      adapter.dispose();
    });

    // Nothing of a family: once is enough.
    if (name !== 'qwen2' || wanted !== 'all runs') return;

    test('DoRA beside packed weights: the norms of what they unpack to, a fresh adapter changes no bit', async () => {
      for (const format of model.kernels.weightFormats) {
        const packed = await fixture.model(model.kernels, { format });
        const adapter = createLora(packed, dora.config, { seed: 3 });
        for (const { weight, path } of Object.values(packed.blocks[1]?.linears ?? {})) {
          const [rows, columns] = weight.shape;
          const ids = model.kernels.upload(
            Int32Array.from({ length: rows }, (_, row) => row),
            [rows],
          );
          const unpacked = model.kernels.gatherRows(weight, ids);
          const values = await model.kernels.read(unpacked);
          free(ids, unpacked);
          const expected = Float32Array.from({ length: rows }, (_, row) =>
            Math.hypot(...values.subarray(row * columns, (row + 1) * columns)),
          );
          const norms = adapter.modules.get(path)?.dora?.norms;
          expect(relativeError(norms ? await model.kernels.read(norms) : new Float32Array(), expected)).toBeLessThan(
            1e-6,
          );
        }
        await expectNoChange(packed, adapter);
        adapter.dispose();
        packed.dispose();
      }
    });

    test('DoRA with dropout: gradients agree with finite differences, norms held', async () => {
      const adapter = create(dora, { lora_dropout: 0.3 });
      const { kernels } = model;
      const batch = buildBatch(fixture.examples.slice(0, 2), model.config.vocabSize);
      const lossOf = async (): Promise<number> => {
        const options = { scale: 1 / batch.supervised, dropoutSeed: 9, checkpointing: false };
        const state = trainMicroBatch(model, adapter, batch, options);
        const { sum } = tokenLosses(await kernels.read(state), batch);
        free(state);
        return sum / batch.supervised;
      };
      adapter.startTraining();
      await lossOf();
      const gradient = adapter.gradients ? await kernels.read(adapter.gradients) : new Float32Array();
      const values = await kernels.read(adapter.values);
      const modules = [...adapter.modules.values()];
      // Only A and B move: nothing is brought up to date, so c stays. Along the gradient the slope is its squared norm.
      const moving = gradient.slice();
      for (const { mOffset, outFeatures } of modules) moving.fill(0, mOffset ?? 0, (mOffset ?? 0) + outFeatures);
      // Only m moves, and c with it: the norms follow from A and B alone.
      const magnitudes = gradient.map((value, index) => (moving[index] === 0 ? value : 0));
      for (const [direction, updated] of [
        [moving, false],
        [magnitudes, true],
      ] as const) {
        const norm2 = direction.reduce((sum, g) => sum + g * g, 0);
        expect(norm2).toBeGreaterThan(1e-4);
        const step = 2e-3 / Math.sqrt(norm2);
        const at = async (sign: number): Promise<number> => {
          const moved = kernels.upload(
            values.map((value, index) => value + sign * step * (direction[index] ?? 0)),
            adapter.values.shape,
          );
          kernels.copy(moved, adapter.values);
          free(moved);
          if (updated) adapter.changed?.();
          return lossOf();
        };
        const slope = ((await at(1)) - (await at(-1))) / (2 * step);
        await at(0);
        expect(Math.abs(slope / norm2 - 1)).toBeLessThan(5e-3);
      }
      adapter.dispose();
    });

    test('continued from an adapter in bf16 whose target_modules is a pattern: two more steps as PEFT', async () => {
      const { training, curve } = jsonOf<Pick<MethodRun, 'training' | 'curve'>>('qwen2/continued/expected.json');
      const stored = await openAdapter('qwen2/continued');
      const adapter = create(stored);
      expect([...adapter.modules.keys()]).toEqual(
        [0, 2].flatMap((layer) => [`model.layers.${layer}.self_attn.q_proj`, `model.layers.${layer}.mlp.down_proj`]),
      );
      const recipe = testRecipe(training, { adapter: { use_dora: true } });
      const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(fixture.examples) });
      curve.forEach((expected, index) => {
        expect(Math.abs((steps[index]?.loss ?? 0) / expected.loss - 1)).toBeLessThan(tolerance);
        expect(Math.abs((steps[index]?.grad_norm ?? 0) / expected.grad_norm - 1)).toBeLessThan(tolerance);
      });
      const expected = await openTensors('qwen2/continued/expected.safetensors');
      for (const { module, a, b, magnitude } of await adapter.read())
        for (const [part, values] of [
          ['lora_A.weight', a],
          ['lora_B.weight', b],
          ['lora_magnitude_vector', magnitude ?? new Float32Array()],
        ] as const) {
          const key = `base_model.model.${module}.${part}`;
          expect(relativeError(values, await expected.read(key)), key).toBeLessThan(tolerance);
        }
      adapter.dispose();
    });

    test('resumed equals uninterrupted, bit for bit: DoRA', async () => {
      const recipe = testRecipe(
        {
          max_steps: 5,
          learning_rate: 3e-3,
          per_device_train_batch_size: 2,
          gradient_accumulation_steps: 1,
          save_steps: 2,
        },
        { dataset: { shuffle: true }, adapter: { use_dora: true } },
      );
      const request = { recipe, train: tableOf(fixture.examples) };
      const settings = { ...dora.config, lora_dropout: 0.2 };
      const adapter = createLora(model, settings, { seed: 5 });
      const whole = await collectRun(model, adapter, request);
      const values = await model.kernels.read(adapter.values);
      adapter.dispose();
      const again = createLora(model, settings, { seed: 6 }); // other values: the checkpoint must replace them
      const rest = await collectRun(model, again, { ...request, checkpoint: whole.checkpoints[0] ?? null });
      expect(rest.steps.map(({ loss }) => loss)).toEqual(whole.steps.map(({ loss }) => loss).slice(2));
      expect(await model.kernels.read(again.values)).toEqual(values);
      again.dispose();
    });
  });
}
