import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { Example } from '../../protocol/example';
import { packRows } from '../../recipe/packing';
import { buildBatch, supervisedCount } from '../batch/buildBatch';
import { createDecoder } from '../generate/decoder';
import { generate } from '../generate/generate';
import type { LoraAdapter } from '../adapters/lora';
import { batchContext, stackForward } from '../layers/stack';
import { normedRows } from '../losses/headLoss';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free, scope } from '../scope';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';
import { fixtureNames, openFixture, relativeError, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun } from './runs';

/**
 * The engine against transformers and PEFT, on one device; the same tests for every kernel implementation.
 * `tolerance`: relative, of whole tensors and of every loss and norm.
 */
export function engineParity(open: () => Promise<Kernels>, tolerance = 1e-4): void {
  describe.each(fixtureNames)('%s', (name) => {
    let fixture: Fixture;
    let model: Model;
    let tensorsBefore = 0;

    beforeAll(async () => {
      const kernels = await open();
      fixture = await openFixture(name);
      tensorsBefore = tf.memory().numTensors;
      model = await fixture.model(kernels);
    });
    afterAll(() => {
      model.dispose();
      expect(tf.memory().numTensors).toBe(tensorsBefore);
    });

    const withAdapter = async (work: (adapter: LoraAdapter) => Promise<void>): Promise<void> => {
      const adapter = fixture.adapter(model);
      try {
        await work(adapter);
      } finally {
        adapter.dispose();
      }
    };

    /** All logits of one row. */
    const logitsOf = async (row: number, adapter: LoraAdapter | null): Promise<Float32Array> => {
      const example = fixture.examples[row];
      if (!example) throw new RangeError(`no row ${row}`);
      const batch = buildBatch([example], model.config.vocabSize);
      const logits = scope(() => {
        const context = batchContext(model, adapter, batch, null);
        const { stream } = stackForward(context, model, model.kernels.upload(batch.ids, [batch.size]), 'nothing');
        const rows = model.kernels.upload(
          Int32Array.from({ length: batch.tokens }, (_, index) => index),
          [batch.tokens],
        );
        return model.kernels.matmul(normedRows(model, stream, rows).y, model.head, { transposeB: true });
      });
      const values = await model.kernels.read(logits);
      free(logits);
      return values;
    };

    test('logits, without and with adapter', async () => {
      await withAdapter(async (adapter) => {
        for (const row of [0, 1, 2]) {
          expect(relativeError(await logitsOf(row, null), await fixture.tensor(`base_logits.${row}`))).toBeLessThan(
            tolerance,
          );
          const adapted = await fixture.tensor(`adapted_logits.${row}`);
          expect(relativeError(await logitsOf(row, adapter), adapted)).toBeLessThan(tolerance);
        }
      });
    });

    test('an adapter that is loaded but off changes no bit', async () => {
      const before = await logitsOf(1, null);
      await withAdapter(async () => expect(await logitsOf(1, null)).toEqual(before));
    });

    test('loss, in one block of the vocabulary and in several', async () => {
      const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
      expect(batch.supervised).toBe(fixture.expected.batch_supervised);
      for (const columns of [8192, 64]) {
        const state = evaluateMicroBatch(model, null, batch, { columns });
        const { sum } = tokenLosses(await model.kernels.read(state), batch);
        free(state);
        expect(Math.abs(sum / fixture.expected.base_sum_loss - 1)).toBeLessThan(tolerance);
      }
    });

    test.each([
      ['activations kept', false, 8192],
      ['checkpointing', true, 8192],
      ['streamed head', true, 64],
    ] as const)('every LoRA gradient: %s', async (_, checkpointing, headColumns) => {
      await withAdapter(async (adapter) => {
        adapter.startTraining();
        const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
        const state = trainMicroBatch(model, adapter, batch, {
          scale: 1 / batch.supervised,
          dropoutSeed: null,
          checkpointing,
          head: { columns: headColumns },
        });
        const { sum } = tokenLosses(await model.kernels.read(state), batch);
        free(state);
        expect(Math.abs(sum / batch.supervised / fixture.expected.batch_loss - 1)).toBeLessThan(tolerance);
        let compared = 0;
        for (const module of adapter.modules.values())
          for (const [factor, gradient] of [
            ['A', module.aGradient],
            ['B', module.bGradient],
          ] as const) {
            const key = `gradient.base_model.model.${module.path}.lora_${factor}.weight`;
            const values = gradient ? await model.kernels.read(gradient) : new Float32Array();
            expect(relativeError(values, await fixture.tensor(key)), key).toBeLessThan(tolerance);
            compared++;
          }
        expect(compared).toBe(fixture.tensorNames.filter((key) => key.startsWith('gradient.')).length);
      });
    });

    /** Σ loss and every LoRA gradient (by module and factor) over batches, whose sum is divided by `supervised`. */
    const accumulated = async (groups: Example[][], supervised: number) => {
      const adapter = fixture.adapter(model);
      adapter.startTraining();
      let loss = 0;
      for (const rows of groups) {
        const batch = buildBatch(rows, model.config.vocabSize);
        if (batch.supervised === 0) continue;
        const state = trainMicroBatch(model, adapter, batch, {
          scale: 1 / supervised,
          dropoutSeed: null,
          checkpointing: true,
        });
        loss += tokenLosses(await model.kernels.read(state), batch).sum / supervised;
        free(state);
      }
      const gradients = new Map<string, Float32Array>();
      for (const module of adapter.modules.values())
        for (const [factor, gradient] of [
          ['A', module.aGradient],
          ['B', module.bGradient],
        ] as const)
          if (gradient) gradients.set(`${module.path}.${factor}`, await model.kernels.read(gradient));
      adapter.dispose();
      return { loss, gradients };
    };

    test('rule 20: packed equals unpacked, loss and every LoRA gradient to 1e-5', async () => {
      // A label on each row's first token must teach nothing, in a pack as by itself; one row has no label at all.
      const taught = fixture.examples.map(({ row, inputIds, labels }) => ({
        row,
        inputIds,
        labels: row === 3 ? labels.map(() => -100) : labels.map((label, t) => (t === 0 ? (inputIds[0] ?? 0) : label)),
      }));
      // Read backwards too: more than 200 tokens, so that packs lie across the tiles of every kernel.
      const backwards = taught.map(({ row, inputIds }) => ({
        row: row + taught.length,
        inputIds: inputIds.toReversed(),
        labels: inputIds.toReversed(),
      }));
      const rows = [...taught, ...backwards];
      const supervised = rows.reduce((sum, { labels }) => sum + supervisedCount(labels), 0);
      const alone = await accumulated(
        rows.map((row) => [row]),
        supervised,
      );
      expect(alone.gradients.size).toBe(fixture.tensorNames.filter((key) => key.startsWith('gradient.')).length);
      const longest = Math.max(...rows.map(({ inputIds }) => inputIds.length));
      const lengths = rows.map(({ inputIds }) => inputIds.length);
      const total = lengths.reduce((sum, length) => sum + length, 0);
      for (const maxLength of [longest + 3, total]) {
        const packs = packRows(lengths, maxLength).map((pack) => rows.filter((_, index) => pack.includes(index)));
        expect(packs.length).toBeLessThan(rows.length);
        const packed = await accumulated(packs, supervised);
        expect(Math.abs(packed.loss / alone.loss - 1)).toBeLessThan(1e-5);
        for (const [key, gradient] of alone.gradients)
          expect(relativeError(packed.gradients.get(key) ?? new Float32Array(), gradient), key).toBeLessThan(1e-5);
      }
      // The same tokens as one row, without borders between the rows: another loss, other gradients.
      const few = taught.slice(4, 8);
      const count = few.reduce((sum, { labels }) => sum + supervisedCount(labels), 0);
      const joined = {
        row: 0,
        inputIds: Int32Array.from(few.flatMap(({ inputIds }) => [...inputIds])),
        labels: Int32Array.from(few.flatMap(({ labels }) => [-100, ...labels.slice(1)])),
      };
      const bordered = await accumulated([few], count);
      const borderless = await accumulated([[joined]], count);
      expect(Math.abs(borderless.loss / bordered.loss - 1)).toBeGreaterThan(1e-4);
      for (const [key, gradient] of bordered.gradients)
        expect(relativeError(borderless.gradients.get(key) ?? new Float32Array(), gradient), key).toBeGreaterThan(1e-3);
    });

    test('ten AdamW steps: accumulation, short last window, clipping, warm-up, schedule, ragged rows', async () => {
      await withAdapter(async (adapter) => {
        const { run, curve } = fixture.expected;
        const recipe = testRecipe(run);
        const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(fixture.examples) });
        expect(steps).toHaveLength(curve.length);
        curve.forEach((expected, index) => {
          const step = steps[index];
          expect(step?.supervised_tokens).toBe(expected.supervised_tokens);
          expect(step?.learning_rate).toBeCloseTo(expected.learning_rate, 12);
          expect(Math.abs((step?.loss ?? 0) / expected.loss - 1), `loss of step ${index + 1}`).toBeLessThan(tolerance);
          expect(Math.abs((step?.grad_norm ?? 0) / expected.grad_norm - 1), `norm of step ${index + 1}`).toBeLessThan(
            tolerance,
          );
        });
      });
    });

    test('greedy text of 64 tokens', async () => {
      await withAdapter(async (adapter) => {
        const promptIds = fixture.expected.rows[0]?.input_ids ?? [];
        for (const [used, whole] of [
          [null, fixture.expected.base_greedy],
          [adapter, fixture.expected.adapted_greedy],
        ] as const) {
          const result = await generate(
            model,
            used,
            {
              promptIds,
              max_new_tokens: 64,
              temperature: 0,
              top_k: 0,
              top_p: 1,
              min_p: 0,
              repetition_penalty: 1,
              seed: 1,
              stopStrings: [],
              eosTokenIds: [],
            },
            { decoder: { push: () => '', end: () => '' } },
          );
          expect(result.ids).toEqual(whole.slice(promptIds.length));
        }
      });
    });

    test('fed in pieces or at once, the same logits', async () => {
      const ids = fixture.expected.rows[0]?.input_ids ?? [];
      const results = [];
      for (const pieces of [[ids], [ids.slice(0, 3), ids.slice(3, 4), ids.slice(4)]]) {
        const decoder = createDecoder(model, null, ids.length);
        let logits = null;
        for (const piece of pieces) {
          free(logits);
          logits = decoder.feed(piece);
        }
        if (logits) results.push(await model.kernels.read(logits));
        free(logits);
        decoder.dispose();
      }
      expect(relativeError(results[1] ?? new Float32Array(), results[0] ?? new Float32Array())).toBeLessThan(1e-5);
    });
  });
}
