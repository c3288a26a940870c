import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { Example } from '../../protocol/example';
import { createLora, type LoraSettings } from '../adapters/lora';
import { buildBatch } from '../batch/buildBatch';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { scoreTable } from '../score/score';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';
import { openFixture, relativeError, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun, type StepEvent } from './runs';

const settings = (changes: Partial<LoraSettings> = {}): LoraSettings => ({
  r: 4,
  lora_alpha: 8,
  lora_dropout: 0,
  target_modules: 'all-linear',
  use_rslora: false,
  use_dora: false,
  ...changes,
});

const losses = (steps: StepEvent[]): number[] => steps.map(({ loss }) => loss);

/** The loop's promises on one device: the same tests for every kernel implementation. `longRun`: steps of the memory test. */
export function loopSpec(open: () => Promise<Kernels>, longRun: number): void {
  describe('training loop', () => {
    let kernels: Kernels;
    let fixture: Fixture;
    let model: Model;
    let examples: Example[];

    beforeAll(async () => {
      kernels = await open();
      fixture = await openFixture('qwen2');
      model = await fixture.model(kernels);
      examples = fixture.examples;
    });
    afterAll(() => model.dispose());

    const fresh = (changes?: Partial<LoraSettings>, seed = 5) => createLora(model, settings(changes), { seed });

    test('rule 15: a batch of 4 equals 4 accumulated batches of 1, on ragged rows', async () => {
      const run = async (batch: number, accumulation: number) => {
        const adapter = fixture.adapter(model);
        const recipe = testRecipe({
          max_steps: 6,
          learning_rate: 1e-3,
          per_device_train_batch_size: batch,
          gradient_accumulation_steps: accumulation,
        });
        const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(examples) });
        adapter.dispose();
        return steps;
      };
      const together = await run(4, 1);
      const apart = await run(1, 4);
      expect(together.map((step) => step.supervised_tokens)).toEqual(apart.map((step) => step.supervised_tokens));
      together.forEach((step, index) => {
        expect(Math.abs(step.loss / (apart[index]?.loss ?? 0) - 1)).toBeLessThan(1e-5);
        expect(Math.abs(step.grad_norm / (apart[index]?.grad_norm ?? 0) - 1)).toBeLessThan(1e-5);
      });
    });

    test('rule 20: a run over packs learns what a run over rows does, in fewer micro-batches', async () => {
      const run = async (training: Parameters<typeof testRecipe>[0]) => {
        const adapter = fixture.adapter(model);
        // One step an epoch: both see the same rows before every update.
        const recipe = testRecipe({
          num_train_epochs: 4,
          learning_rate: 1e-3,
          gradient_accumulation_steps: 64,
          ...training,
        });
        const { steps, events } = await collectRun(model, adapter, { recipe, train: tableOf(examples) });
        const values = await kernels.read(adapter.values);
        adapter.dispose();
        expect(events[0]).toMatchObject({ event: 'start', rows: examples.length, steps: 4 });
        return { steps, values };
      };
      const rows = await run({ packing: false, padding_free: true });
      const packs = await run({ packing: true, max_length: 64, per_device_train_batch_size: 2 });
      packs.steps.forEach((step, index) => {
        const other = rows.steps[index];
        expect([step.supervised_tokens, step.tokens]).toEqual([other?.supervised_tokens, other?.tokens]);
        expect(Math.abs(step.loss / (other?.loss ?? 0) - 1)).toBeLessThan(1e-5);
        expect(Math.abs(step.grad_norm / (other?.grad_norm ?? 0) - 1)).toBeLessThan(1e-5);
      });
      // AdamW divides by the gradient's size: a rounding error of a gradient near 0 grows to one of the rate's.
      expect(relativeError(packs.values, rows.values)).toBeLessThan(1e-3);
    });

    test('rule 22: one seed, the same bits, shuffling and dropout included; another seed, others', async () => {
      const run = async (seed: number) => {
        const adapter = fresh({ lora_dropout: 0.2 });
        const recipe = testRecipe(
          { max_steps: 8, learning_rate: 3e-3, per_device_train_batch_size: 3, gradient_accumulation_steps: 2, seed },
          { dataset: { shuffle: true } },
        );
        const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(examples) });
        adapter.dispose();
        return losses(steps);
      };
      const first = await run(1);
      expect(await run(1)).toEqual(first);
      expect(await run(2)).not.toEqual(first);
    });

    test('gradient checkpointing gives the same losses and norms, with dropout', async () => {
      const run = async (checkpointing: boolean) => {
        const adapter = fresh({ lora_dropout: 0.1 });
        const recipe = testRecipe({
          max_steps: 4,
          learning_rate: 3e-3,
          per_device_train_batch_size: 4,
          gradient_accumulation_steps: 1,
          gradient_checkpointing: checkpointing,
        });
        const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(examples) });
        adapter.dispose();
        return steps.map(({ loss, grad_norm }) => [loss, grad_norm]);
      };
      const kept = await run(false);
      (await run(true)).forEach((step, index) =>
        step.forEach((value, part) => expect(Math.abs(value / (kept[index]?.[part] ?? 0) - 1)).toBeLessThan(1e-6)),
      );
    });

    test.each([
      ['rows', false, 'adamw', null],
      ['packs, in the middle of an epoch', true, 'adamw', null],
      ['Lion', false, 'lion', null],
      ['SGD', false, 'sgd', null],
      ['LoRA+', false, 'adamw', 4],
    ] as const)('resumed equals uninterrupted, bit for bit: %s', async (_, packing, optim, ratio) => {
      const recipe = testRecipe(
        {
          packing,
          optim,
          max_length: 20,
          max_steps: 7,
          learning_rate: 3e-3,
          per_device_train_batch_size: 2,
          gradient_accumulation_steps: packing ? 1 : 2,
          save_steps: 4,
          eval_strategy: 'steps',
          eval_steps: 3,
          lr_scheduler_type: 'linear',
        },
        { dataset: { shuffle: true }, adapter: { loraplus_lr_ratio: ratio } },
      );
      const request = { recipe, train: tableOf(examples), validation: tableOf(examples.slice(0, 3)) };
      const adapter = fresh({ lora_dropout: 0.2 });
      const whole = await collectRun(model, adapter, request);
      const finalValues = await kernels.read(adapter.values);
      adapter.dispose();
      expect(whole.checkpoints).toHaveLength(1);

      const [atFour = null] = whole.checkpoints;
      const resumed = fresh({ lora_dropout: 0.2 }, 77); // other values: the checkpoint must replace them
      const rest = await collectRun(model, resumed, { ...request, checkpoint: atFour });
      expect(losses(rest.steps)).toEqual(losses(whole.steps).slice(4));
      expect(await kernels.read(resumed.values)).toEqual(finalValues);
      resumed.dispose();

      // Stopped after step 5 and continued from the checkpoint that a stop leaves.
      const stopped = fresh({ lora_dropout: 0.2 });
      const part = await collectRun(model, stopped, request, { stopAt: 5 });
      expect(part.events.at(-1)).toMatchObject({ event: 'end', reason: 'stopped', steps: 5 });
      const continued = await collectRun(model, stopped, { ...request, checkpoint: part.checkpoints.at(-1) ?? null });
      expect(losses(continued.steps)).toEqual(losses(whole.steps).slice(5));
      expect(await kernels.read(stopped.values)).toEqual(finalValues);
      stopped.dispose();
    });

    test('dropout: gradients agree with finite differences', async () => {
      const adapter = createLora(model, settings({ lora_dropout: 0.3 }), {
        values: fixture.adapterValues,
      });
      const batch = buildBatch(examples.slice(0, 2), model.config.vocabSize);
      const lossOf = async (): Promise<number> => {
        const state = trainMicroBatch(model, adapter, batch, {
          scale: 1 / batch.supervised,
          dropoutSeed: 9,
          checkpointing: false,
        });
        const { sum } = tokenLosses(await kernels.read(state), batch);
        free(state);
        return sum / batch.supervised;
      };
      adapter.startTraining();
      await lossOf();
      const gradient = adapter.gradients ? await kernels.read(adapter.gradients) : new Float32Array();
      const values = await kernels.read(adapter.values);
      // Along the gradient itself the slope is its squared norm: one number checks every entry.
      const norm2 = gradient.reduce((sum, g) => sum + g * g, 0);
      const step = 2e-3 / Math.sqrt(norm2);
      const at = async (sign: number): Promise<number> => {
        const moved = kernels.upload(
          values.map((value, index) => value + sign * step * (gradient[index] ?? 0)),
          adapter.values.shape,
        );
        kernels.copy(moved, adapter.values);
        free(moved);
        return lossOf();
      };
      const slope = ((await at(1)) - (await at(-1))) / (2 * step);
      adapter.dispose();
      expect(Math.abs(slope / norm2 - 1)).toBeLessThan(5e-3);
    });

    test('a fresh adapter answers as the base model does, bit for bit', async () => {
      const adapter = fresh();
      const batch = buildBatch(examples.slice(0, 3), model.config.vocabSize);
      const results = [];
      for (const used of [null, adapter]) {
        const state = evaluateMicroBatch(model, used, batch);
        results.push(await kernels.read(state));
        free(state);
      }
      adapter.dispose();
      expect(results[1]).toEqual(results[0]);
    });

    test('overfits one batch', async () => {
      const adapter = fresh({ r: 8, lora_alpha: 16 });
      const train = tableOf(examples.slice(0, 3));
      const recipe = testRecipe({
        max_steps: 60,
        learning_rate: 2e-2,
        lr_scheduler_type: 'constant',
        per_device_train_batch_size: 3,
        gradient_accumulation_steps: 1,
      });
      const { steps } = await collectRun(model, adapter, { recipe, train });
      expect(steps[0]?.loss).toBeGreaterThan(3);
      expect(steps.at(-1)?.loss).toBeLessThan(0.1);
      const score = await scoreTable(model, adapter, train, { batchSize: 2 });
      expect(score.token_accuracy).toBe(1);
      expect(score.rows.map((row) => row.token_losses.length)).toEqual(score.rows.map((row) => row.supervised_tokens));
      adapter.dispose();
    });

    test(`${longRun} steps leave tensors and bytes where step 10 had them, and a run leaves none`, async () => {
      const before = tf.memory().numTensors;
      // Few modules, one row a step: it is the number of steps that counts.
      const adapter = fresh({ target_modules: ['q_proj', 'down_proj'] });
      const recipe = testRecipe(
        {
          max_steps: longRun,
          learning_rate: 1e-3,
          per_device_train_batch_size: 1,
          gradient_accumulation_steps: 1,
          lr_scheduler_type: 'constant',
        },
        { dataset: { shuffle: true } },
      );
      const seen: { tensors: number; bytes: number; pool: number }[] = [];
      await collectRun(
        model,
        adapter,
        { recipe, train: tableOf(examples.slice(0, 6)) },
        {
          hooks: {
            boundary: () => {
              const memory: tf.MemoryInfo & { numBytesInGPU?: number; numBytesAllocatedInGPU?: number } = tf.memory();
              const { numTensors: tensors, numBytes, numBytesInGPU: bytes = numBytes } = memory;
              const held = (tf.backend() as { memory?: () => { bytesReserved?: number } }).memory?.();
              seen.push({ tensors, bytes, pool: memory.numBytesAllocatedInGPU ?? held?.bytesReserved ?? 0 });
              return Promise.resolve('continue');
            },
          },
        },
      );
      expect(seen).toHaveLength(longRun + 1);
      const [atTen, half, last] = [seen[10], seen[longRun / 2], seen[longRun]];
      expect(last).toMatchObject({ tensors: atTen?.tensors, bytes: atTen?.bytes });
      // Buffers that wait to be used again: all shapes have come by half-time.
      expect(last?.pool).toBe(half?.pool);
      adapter.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });

    test('evaluation, best adapter, early stopping: as transformers', async () => {
      // Learns its training rows by heart: the validation loss falls at first, then rises.
      const adapter = fresh({ r: 8, lora_alpha: 16 });
      const recipe = testRecipe({
        max_steps: 60,
        learning_rate: 2e-2,
        lr_scheduler_type: 'constant',
        per_device_train_batch_size: 3,
        gradient_accumulation_steps: 1,
        eval_strategy: 'steps',
        eval_steps: 2,
        early_stopping_patience: 3,
        per_device_eval_batch_size: 2,
      });
      const validation = tableOf(examples.slice(7, 10));
      const { events } = await collectRun(model, adapter, { recipe, train: tableOf(examples.slice(0, 3)), validation });
      const [first, ...evals] = events.filter((event) => event.event === 'eval');
      expect(first?.step).toBe(0); // no candidate for the best
      const best = evals.reduce((a, b) => (b.loss < a.loss ? b : a));
      expect(evals.at(-1)?.step).toBe(best.step + 2 * 3);
      expect(events.at(-1)).toEqual({
        event: 'end',
        reason: 'early_stopping',
        steps: best.step + 6,
        best_step: best.step,
      });
      expect(events.some((event) => event.event === 'warning' && event.code === 'train/no-gain')).toBe(
        best.loss >= (first?.loss ?? 0),
      );
      expect(best.perplexity).toBeCloseTo(Math.exp(best.loss), 6);
      // The adapter that is left is the best one.
      const score = await scoreTable(model, adapter, validation, { batchSize: 2 });
      expect(score.loss).toBe(best.loss);
      expect(score.token_accuracy).toBe(best.token_accuracy);
      adapter.dispose();
    });

    test('evaluation by epoch, samples and checkpoints when they are due', async () => {
      const adapter = fresh();
      const recipe = testRecipe({
        max_steps: 5,
        per_device_train_batch_size: 4,
        gradient_accumulation_steps: 1,
        eval_strategy: 'epoch',
        sample_steps: 4,
        sample_size: 1,
        save_steps: 2,
        logging_steps: 2,
      });
      const samples = [1, 2].map((row) => ({ row, prompt: 'p', promptIds: [3], expected: 'e' }));
      const { events } = await collectRun(model, adapter, {
        recipe,
        train: tableOf(examples),
        validation: tableOf(examples.slice(0, 2)),
        samples,
      });
      adapter.dispose();
      const at = (kind: string) =>
        events.flatMap((event) => (event.event === kind && 'step' in event ? [event.step] : []));
      expect(at('eval')).toEqual([0, 3, 5]); // 11 rows are 3 steps an epoch; the last step ends the run
      expect(at('sample')).toEqual([0, 4, 5]);
      expect(at('checkpoint')).toEqual([2, 4]);
      expect(at('step')).toEqual([2, 4]);
      expect(events.filter((event) => event.event === 'sample')[0]).toMatchObject({ row: 1, generated: 'sample 1' });
    });

    test('rule 16: a loss that is not finite stops before the adapter is touched, and names step and rows', async () => {
      const adapter = fixture.adapter(model);
      const huge = kernels.upload((await kernels.read(adapter.values)).fill(1e30), adapter.values.shape);
      kernels.copy(huge, adapter.values);
      free(huge);
      const before = await kernels.read(adapter.values);
      const tensors = tf.memory().numTensors;
      const recipe = testRecipe({ max_steps: 3, per_device_train_batch_size: 2, gradient_accumulation_steps: 1 });
      const run = collectRun(model, adapter, { recipe, train: tableOf(examples.slice(4, 8)) });
      await expect(run).rejects.toMatchObject({
        code: 'train/not-finite',
        details: { data: { step: 1, rows: [4, 5] } },
      });
      expect(await kernels.read(adapter.values)).toEqual(before);
      expect(tf.memory().numTensors).toBe(tensors);
      adapter.dispose();
    });
  });
}
