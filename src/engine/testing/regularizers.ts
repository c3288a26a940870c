import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import { createLora } from '../adapters/lora';
import { buildBatch } from '../batch/buildBatch';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { scoreTable } from '../score/score';
import { evaluateMicroBatch, trainMicroBatch, type BackwardOptions } from '../train/microBatch';
import { fixtureNames, openFixture, openReference, relativeError, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun } from './runs';

/** NEFTune and label smoothing against transformers, and what it must not touch; the same tests for every kernel implementation. */
export function regularizers(open: () => Promise<Kernels>, tolerance = 1e-4): void {
  describe.each(fixtureNames)('regularizers: %s', (name) => {
    let fixture: Fixture;
    let model: Model;

    beforeAll(async () => {
      const kernels = await open();
      fixture = await openFixture(name);
      model = await fixture.model(kernels);
    });
    afterAll(() => model.dispose());

    /** Loss and gradients of the first four rows, compared with the reference called `which`. */
    const compare = async (
      which: Parameters<typeof openReference>[1],
      options: Omit<BackwardOptions, 'scale' | 'dropoutSeed'>,
    ): Promise<void> => {
      const reference = await openReference(name, which);
      const before = tf.memory().numTensors;
      const adapter = fixture.adapter(model);
      adapter.startTraining();
      const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
      const state = trainMicroBatch(model, adapter, batch, {
        scale: 1 / batch.supervised,
        dropoutSeed: null,
        ...options,
      });
      const { sum } = tokenLosses(await model.kernels.read(state), batch, options.head?.smoothing);
      free(state);
      expect(Math.abs(sum / batch.supervised / reference.loss - 1)).toBeLessThan(tolerance);
      let compared = 0;
      for (const module of adapter.modules.values())
        for (const [factor, gradient] of [
          ['A', module.aGradient],
          ['B', module.bGradient],
        ] as const) {
          const key = `gradient.base_model.model.${module.path}.lora_${factor}.weight`;
          const values = gradient ? await model.kernels.read(gradient) : new Float32Array();
          expect(relativeError(values, await reference.tensor(key)), key).toBeLessThan(tolerance);
          compared++;
        }
      expect(compared).toBe(reference.tensorNames.length);
      adapter.dispose();
      expect(tf.memory().numTensors).toBe(before);
    };

    test.each([
      ['activations kept', false],
      ['checkpointing', true],
    ] as const)(
      'rule 18: NEFTune as transformers’ hook, loss and every LoRA gradient: %s',
      async (_, checkpointing) => {
        const { alpha = 0, seed = 0 } = await openReference(name, 'neftune');
        await compare('neftune', { checkpointing, noise: { alpha, seed } });
      },
    );

    test.each([
      ['one block of the vocabulary', 8192],
      ['streamed head', 64],
    ] as const)('label smoothing as LabelSmoother, loss and every LoRA gradient: %s', async (_, columns) => {
      const { epsilon = 0 } = await openReference(name, 'smoothing');
      await compare('smoothing', { checkpointing: true, head: { smoothing: epsilon, columns } });
    });

    test('label smoothing: evaluation as Trainer.evaluate, perplexity and scores of the cross-entropy', async () => {
      const { epsilon = 0, eval_loss = 0 } = await openReference(name, 'smoothing');
      const adapter = fixture.adapter(model);
      const table = tableOf(fixture.examples.slice(0, 4));
      const smoothed = await scoreTable(model, adapter, table, { batchSize: 2, smoothing: epsilon });
      const plain = await scoreTable(model, adapter, table, { batchSize: 2 });
      adapter.dispose();
      expect(Math.abs(smoothed.loss / eval_loss - 1)).toBeLessThan(tolerance);
      expect(Math.abs(plain.loss / fixture.expected.batch_loss - 1)).toBeLessThan(tolerance);
      expect(smoothed.perplexity).toBe(plain.perplexity);
      expect(smoothed.token_accuracy).toBe(plain.token_accuracy);
    });

    test('label smoothing: a run trains and evaluates with it', async () => {
      const { epsilon = 0, eval_loss = 0, loss } = await openReference(name, 'smoothing');
      const adapter = fixture.adapter(model);
      const recipe = testRecipe({
        max_steps: 1,
        learning_rate: 1e-9,
        per_device_train_batch_size: 2,
        gradient_accumulation_steps: 2,
        label_smoothing_factor: epsilon,
        eval_strategy: 'steps',
        eval_steps: 1,
      });
      const train = tableOf(fixture.examples.slice(0, 4));
      const { steps, events } = await collectRun(model, adapter, { recipe, train, validation: train });
      adapter.dispose();
      expect(Math.abs((steps[0]?.loss ?? 0) / loss - 1)).toBeLessThan(tolerance);
      const evaluated = events.filter((event) => event.event === 'eval').at(-1);
      expect(Math.abs((evaluated?.loss ?? 0) / eval_loss - 1)).toBeLessThan(tolerance);
    });

    // Nothing of a family: once is enough.
    if (name !== 'qwen3') return;
    test('rule 18: one seed, the same bits, resumed too; another seed, others; evaluation sees no noise', async () => {
      const run = async (alpha: number | null, seed: number, checkpoint: Uint8Array | null = null) => {
        const adapter = createLora(model, fixture.adapterConfig, {
          values: fixture.adapterValues,
        });
        const recipe = testRecipe({
          max_steps: 2,
          learning_rate: 1e-9,
          per_device_train_batch_size: 2,
          gradient_accumulation_steps: 2,
          save_steps: 1,
          neftune_noise_alpha: alpha,
          eval_strategy: 'steps',
          eval_steps: 2,
          seed,
        });
        const train = tableOf(fixture.examples);
        const result = await collectRun(model, adapter, { recipe, train, validation: train, checkpoint });
        const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
        const state = evaluateMicroBatch(model, adapter, batch);
        const scored = tokenLosses(await model.kernels.read(state), batch).sum;
        free(state);
        adapter.dispose();
        const evaluated = result.events.filter((event) => event.event === 'eval').at(-1);
        const losses = result.steps.map(({ loss }) => loss);
        return { losses, checkpoint: result.checkpoints[0] ?? null, evaluated: evaluated?.loss ?? 0, scored };
      };
      const first = await run(5, 1);
      expect((await run(5, 1)).losses).toEqual(first.losses);
      expect((await run(5, 1, first.checkpoint)).losses).toEqual(first.losses.slice(1));
      const other = await run(5, 2);
      const silent = await run(null, 1);
      first.losses.forEach((loss, step) => {
        expect(Math.abs(loss - (other.losses[step] ?? 0))).toBeGreaterThan(1e-4);
        expect(Math.abs(loss - (silent.losses[step] ?? 0))).toBeGreaterThan(1e-4);
      });
      // The rate is next to nothing, so the adapters are one: what is left between the runs would be noise.
      expect(Math.abs(first.evaluated / silent.evaluated - 1)).toBeLessThan(1e-5);
      expect(Math.abs(first.scored / silent.scored - 1)).toBeLessThan(1e-5);
    });
  });
}
