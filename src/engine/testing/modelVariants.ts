import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { LoraAdapter } from '../adapters/lora';
import { buildBatch } from '../batch/buildBatch';
import { generate } from '../generate/generate';
import { batchContext, stackForward } from '../layers/stack';
import { normedRows } from '../losses/headLoss';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free, scope } from '../scope';
import { evaluateMicroBatch, trainMicroBatch } from '../train/microBatch';
import {
  fixtureNames,
  openFixture,
  openVariant,
  relativeError,
  tableOf,
  testRecipe,
  type Fixture,
  type Variant,
} from './fixtures';
import { collectRun } from './runs';

/**
 * The engine against transformers and PEFT where the model is not as usual: layers with a sliding window, and matrices held as
 * f16, against PyTorch on the same matrices rounded to f16 and computed with in f32, as here. One tolerance for all: 1e-4 relative.
 * `steps` off leaves out the ten steps, for slow implementations.
 */
export function modelVariants(open: () => Promise<Kernels>, { steps: withSteps = true } = {}): void {
  const tolerance = 1e-4;
  const cases = [
    { name: 'qwen2', which: 'window' } as const,
    ...fixtureNames.map((name) => ({ name, which: 'half' }) as const),
  ];
  describe.each(cases)('$name, $which', ({ name, which }) => {
    let fixture: Fixture;
    let variant: Variant;
    let model: Model;

    beforeAll(async () => {
      const kernels = await open();
      fixture = await openFixture(name);
      variant = await openVariant(name, which);
      const config = variant.change ?? {};
      model = await fixture.model(kernels, { config, format: which === 'half' ? 'f16' : 'f32' });
    });
    afterAll(() => model.dispose());

    test('logits and loss', async () => {
      const { kernels, config } = model;
      for (const row of [0, 1, 2]) {
        const batch = buildBatch(fixture.examples.slice(row, row + 1), config.vocabSize);
        const logits = scope(() => {
          const context = batchContext(model, null, batch, null);
          const { stream } = stackForward(context, model, kernels.upload(batch.ids, [batch.size]), 'nothing');
          const rows = kernels.upload(
            Int32Array.from({ length: batch.tokens }, (_, index) => index),
            [batch.tokens],
          );
          return kernels.matmul(normedRows(model, stream, rows).y, model.head, { transposeB: true });
        });
        const values = await kernels.read(logits);
        free(logits);
        expect(relativeError(values, await variant.tensor(`base_logits.${row}`))).toBeLessThan(tolerance);
        // The usual model gives other numbers, so the comparison is not idle.
        const usual = await fixture.tensor(`base_logits.${row}`);
        expect(relativeError(values, usual)).toBeGreaterThan(2e-5);
      }
      const batch = buildBatch(fixture.examples.slice(0, 4), config.vocabSize);
      const state = evaluateMicroBatch(model, null, batch);
      const { sum } = tokenLosses(await kernels.read(state), batch);
      free(state);
      expect(Math.abs(sum / variant.base_sum_loss - 1)).toBeLessThan(tolerance);
    });

    const withAdapter = async (work: (adapter: LoraAdapter) => Promise<void>): Promise<void> => {
      const adapter = fixture.adapter(model);
      try {
        await work(adapter);
      } finally {
        adapter.dispose();
      }
    };

    test.each([false, true])('loss and every LoRA gradient, checkpointing %s', async (checkpointing) => {
      await withAdapter(async (adapter) => {
        adapter.startTraining();
        const batch = buildBatch(fixture.examples.slice(0, 4), model.config.vocabSize);
        const state = trainMicroBatch(model, adapter, batch, {
          scale: 1 / batch.supervised,
          dropoutSeed: null,
          checkpointing,
        });
        const { sum } = tokenLosses(await model.kernels.read(state), batch);
        free(state);
        expect(Math.abs(sum / batch.supervised / variant.batch_loss - 1)).toBeLessThan(tolerance);
        let compared = 0;
        for (const module of adapter.modules.values())
          for (const [factor, gradient] of [
            ['A', module.aGradient],
            ['B', module.bGradient],
          ] as const) {
            const key = `gradient.base_model.model.${module.path}.lora_${factor}.weight`;
            const values = gradient ? await model.kernels.read(gradient) : new Float32Array();
            expect(relativeError(values, await variant.tensor(key)), key).toBeLessThan(tolerance);
            compared++;
          }
        expect(compared).toBe(variant.tensorNames.filter((key) => key.startsWith('gradient.')).length);
      });
    });

    if (which === 'half') {
      if (withSteps)
        test('ten AdamW steps', async () => {
          await withAdapter(async (adapter) => {
            const recipe = testRecipe(fixture.expected.run, { model: { dtype: 'f16' } });
            const { steps } = await collectRun(model, adapter, { recipe, train: tableOf(fixture.examples) });
            const curve = variant.curve ?? [];
            expect(steps).toHaveLength(curve.length);
            curve.forEach(({ loss, grad_norm }, index) => {
              expect(Math.abs((steps[index]?.loss ?? 0) / loss - 1), `loss of step ${index + 1}`).toBeLessThan(
                tolerance,
              );
              expect(Math.abs((steps[index]?.grad_norm ?? 0) / grad_norm - 1)).toBeLessThan(tolerance);
            });
          });
        });
    } else
      test('greedy text: the window holds in decoding too', async () => {
        const promptIds = fixture.expected.rows[0]?.input_ids ?? [];
        const { ids } = await generate(
          model,
          null,
          {
            promptIds,
            max_new_tokens: 32,
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
        expect(ids).toEqual(variant.base_greedy.slice(promptIds.length));
        expect(ids).not.toEqual(fixture.expected.base_greedy.slice(promptIds.length, promptIds.length + 32));
      });
  });
}
