import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toFloat32 } from '../../formats/safetensors/dtypes';
import { inOneArray } from '../../lib/pieced';
import { rangedBytes } from '../../lib/ranged';
import { openSafetensors } from '../../formats/safetensors/readSafetensors';
import type { Kernels } from '../../kernels/kernels';
import type { RecipeInput } from '../../recipe/schema';
import { buildBatch } from '../batch/buildBatch';
import { openCheckpoint } from '../checkpoint/open';
import { createFullTrainable } from '../full/fullTrainable';
import { modelParameters, viewsOf } from '../full/parameters';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { scoreTable } from '../score/score';
import { trainMicroBatch, type BackwardOptions } from '../train/microBatch';
import { putValues, valuesDocument } from '../train/runState';
import type { Trainable } from '../train/trainable';
import {
  fixtureNames,
  openFixture,
  relativeError,
  tableOf,
  testRecipe,
  type Fixture,
  type FixtureName,
} from './fixtures';
import { collectRun } from './runs';

/** Numbers made by tools/fixtures/engine/makeFull.py. */
interface Expected {
  loss: number;
  alpha: number;
  seed: number;
  epsilon: number;
  regularized_loss: number;
  parameters: number;
  decaying: string[];
  run: NonNullable<RecipeInput['training']>;
  curve: { loss: number; grad_norm: number; learning_rate: number }[];
}

async function openExpected(name: FixtureName) {
  const bytesOf = (ending: string) => readFileSync(new URL(`../fixtures/${name}/full.${ending}`, import.meta.url));
  const file = await openSafetensors(rangedBytes(new Uint8Array(bytesOf('safetensors'))), 'full.safetensors');
  return {
    expected: JSON.parse(bytesOf('json').toString()) as Expected,
    names: [...file.tensors.keys()],
    tensor: async (key: string): Promise<Float32Array> => toFloat32('F32', await file.read(key), key),
  };
}

const joined = (parts: readonly Float32Array[]): Float32Array => Float32Array.from(parts.flatMap((part) => [...part]));

/** Relative, of whole tensors and of every loss and norm. */
const tolerance = 1e-4;

/**
 * Full fine-tuning against PyTorch, on one device; the same tests for every kernel implementation. `control`: also what the
 * loop does with it, for devices that are fast enough.
 */
export function fullParity(open: () => Promise<Kernels>, { control = true } = {}): void {
  describe.each(fixtureNames)('full fine-tuning: %s', (name) => {
    let kernels: Kernels;
    let fixture: Fixture;
    let model: Model;
    let reference: Awaited<ReturnType<typeof openExpected>>;
    let tensorsBefore = 0;

    beforeAll(async () => {
      kernels = await open();
      fixture = await openFixture(name);
      reference = await openExpected(name);
    });
    // A run changes the model itself.
    beforeEach(async () => {
      tensorsBefore = tf.memory().numTensors;
      model = await fixture.model(kernels);
    });
    afterEach(() => {
      model.dispose();
      expect(tf.memory().numTensors).toBe(tensorsBefore);
    });

    /** By name: every parameter's values, or its gradient. */
    const readAll = async (trained: Trainable, which: 'values' | 'gradients'): Promise<Map<string, Float32Array>> => {
      const found = new Map<string, Float32Array>();
      let buffer = 0;
      for (const { name, value } of modelParameters(model)) {
        const parts = [];
        for (const _ of viewsOf(value)) {
          const view = trained.buffers[buffer++]?.[which];
          parts.push(view ? await kernels.read(view) : new Float32Array());
        }
        found.set(name, joined(parts));
      }
      return found;
    };

    const compareGradients = async (
      prefix: string,
      expectedLoss: number,
      options: Omit<BackwardOptions, 'scale' | 'dropoutSeed'>,
    ): Promise<void> => {
      const trained = createFullTrainable(model);
      expect(trained.parameters).toBe(reference.expected.parameters);
      trained.startTraining();
      const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
      const state = trainMicroBatch(model, trained, batch, {
        scale: 1 / batch.supervised,
        dropoutSeed: null,
        ...options,
      });
      const { sum } = tokenLosses(await kernels.read(state), batch, options.head?.smoothing);
      free(state);
      const gradients = await readAll(trained, 'gradients');
      trained.stopTraining();
      expect(Math.abs(sum / batch.supervised / expectedLoss - 1)).toBeLessThan(tolerance);
      for (const [key, gradient] of gradients)
        expect(relativeError(gradient, await reference.tensor(`${prefix}.${key}`)), key).toBeLessThan(tolerance);
      expect(gradients.size).toBe(reference.names.filter((key) => key.startsWith(`${prefix}.`)).length);
    };

    test.each([
      ['activations kept', false, 8192],
      ['checkpointing, streamed head', true, 32],
    ] as const)('every gradient of every parameter: %s', (_, checkpointing, columns) =>
      compareGradients('gradient', reference.expected.loss, { checkpointing, head: { columns } }),
    );

    test('every gradient under NEFTune and label smoothing', () => {
      const { alpha, seed, epsilon, regularized_loss } = reference.expected;
      return compareGradients('regularized', regularized_loss, {
        checkpointing: true,
        noise: { alpha, seed },
        head: { smoothing: epsilon, columns: 32 },
      });
    });

    test('ten AdamW steps: accumulation, short last window, clipping, warm-up, weight decay where the Trainer has it', async () => {
      const { run, curve, decaying } = reference.expected;
      const trained = createFullTrainable(model);
      const recipe = testRecipe(run, { adapter: { kind: 'none' } });
      const decays = trained.groups(recipe.adapter).map((group) => group.decays);
      const names = modelParameters(model).flatMap(({ name, value }) => viewsOf(value).map(() => name));
      expect(new Set(names.filter((_, index) => decays[index]))).toEqual(new Set(decaying));
      const { steps } = await collectRun(model, trained, { recipe, train: tableOf(fixture.examples) });
      expect(steps).toHaveLength(curve.length);
      curve.forEach((wanted, index) => {
        const step = steps[index];
        expect(step?.learning_rate).toBeCloseTo(wanted.learning_rate, 12);
        expect(Math.abs((step?.loss ?? 0) / wanted.loss - 1), `loss of step ${index + 1}`).toBeLessThan(tolerance);
        const norm = Math.abs((step?.grad_norm ?? 0) / wanted.grad_norm - 1);
        expect(norm, `norm of step ${index + 1}`).toBeLessThan(tolerance);
      });
      const after = await readAll(trained, 'values');
      for (const key of reference.names.filter((key) => key.startsWith('after.'))) {
        const values = after.get(key.slice('after.'.length)) ?? new Float32Array();
        // AdamW divides by the gradient's size: a rounding error of a gradient near 0 grows to one of the rate's.
        expect(relativeError(values, await reference.tensor(key)), key).toBeLessThan(10 * tolerance);
      }
    });

    // Nothing of a family: once is enough.
    if (name !== 'qwen2' || !control) return;
    test.each(['adamw', 'lion'] as const)('resumed equals uninterrupted, bit for bit; %s', async (optim) => {
      const recipe = testRecipe(
        {
          optim,
          max_steps: 7,
          learning_rate: 1e-3,
          per_device_train_batch_size: 2,
          gradient_accumulation_steps: 2,
          save_steps: 3,
          eval_strategy: 'steps',
          eval_steps: 2,
          neftune_noise_alpha: 5,
        },
        { dataset: { shuffle: true }, adapter: { kind: 'none' } },
      );
      const request = {
        recipe,
        train: tableOf(fixture.examples),
        validation: tableOf(fixture.examples.slice(0, 3)),
      };
      const trained = createFullTrainable(model);
      const whole = await collectRun(model, trained, request);
      const final = await readAll(trained, 'values');
      const other = await fixture.model(kernels);
      const first = model;
      model = other;
      const resumed = createFullTrainable(model);
      const rest = await collectRun(model, resumed, { ...request, checkpoint: whole.checkpoints[0] ?? null });
      expect(rest.steps.map(({ loss }) => loss)).toEqual(whole.steps.slice(3).map(({ loss }) => loss));
      expect(await readAll(resumed, 'values')).toEqual(final);
      first.dispose();
    });

    test('what a run leaves can be put into the model again, and not into another', async () => {
      const trained = createFullTrainable(model);
      const left = await inOneArray(
        valuesDocument(model, trained, { recipeHash: 'r', dataHash: 'd', seed: 1, step: 3 }),
      );
      const before = await readAll(trained, 'values');
      for (const { values } of trained.buffers) kernels.fill(values, 0.5);
      const document = await openCheckpoint(rangedBytes(left));
      expect(document.step).toBe(3);
      await putValues(model, trained, document);
      expect(await readAll(trained, 'values')).toEqual(before);
      const other = await (await openFixture('qwen3')).model(kernels);
      const put = putValues(other, createFullTrainable(other), document);
      await expect(put).rejects.toMatchObject({ code: 'checkpoint/other-run' });
      other.dispose();
    });

    test('the best evaluation is what is left, and other models’ checkpoints are refused', async () => {
      const trained = createFullTrainable(model);
      const recipe = testRecipe(
        {
          max_steps: 24,
          learning_rate: 1e-2,
          lr_scheduler_type: 'constant',
          per_device_train_batch_size: 3,
          gradient_accumulation_steps: 1,
          eval_strategy: 'steps',
          eval_steps: 2,
          save_steps: 24,
        },
        { adapter: { kind: 'none' } },
      );
      const request = {
        recipe,
        train: tableOf(fixture.examples.slice(0, 3)),
        validation: tableOf(fixture.examples.slice(7, 10)),
      };
      const { events, checkpoints } = await collectRun(model, trained, request);
      const evaluated = events.filter((event) => event.event === 'eval').slice(1);
      const best = evaluated.reduce((a, b) => (b.loss < a.loss ? b : a));
      expect(best.step).toBeLessThan(24);
      const { loss } = await scoreTable(model, null, request.validation, { batchSize: 1 });
      expect(loss).toBe(best.loss);
      model.dispose();
      model = await (await openFixture('qwen3')).model(kernels);
      const other = collectRun(model, createFullTrainable(model), { ...request, checkpoint: checkpoints[0] ?? null });
      await expect(other).rejects.toMatchObject({
        code: 'checkpoint/other-run',
        details: { data: { differs: 'model' } },
      });
    });
  });
}
