import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../kernels/kernels';
import type { ExampleTable } from '../../protocol/example';
import type { RunEventBody } from '../../protocol/run';
import type { SamplePrompt } from '../../protocol/training';
import { createLora, type LoraAdapter } from '../adapters/lora';
import type { Model } from '../model/model';
import { free } from '../scope';
import { scoreTable } from '../score/score';
import { trainLoop } from '../train/loop';
import { openFixture, tableOf, testRecipe, type Fixture } from './fixtures';
import { collectRun } from './runs';

const settings = {
  r: 4,
  lora_alpha: 8,
  lora_dropout: 0,
  target_modules: 'all-linear',
  use_rslora: false,
  use_dora: false,
} as const;

type SampleEvent = Extract<RunEventBody, { event: 'sample' }>;
type EvalEvent = Extract<RunEventBody, { event: 'eval' }>;

/** What is looked at while a run goes on, and how it ends: the same tests for every kernel implementation. */
export function watchSpec(open: () => Promise<Kernels>): void {
  describe('evaluation, samples and ends of a run', () => {
    let kernels: Kernels;
    let fixture: Fixture;
    let model: Model;
    let train: ExampleTable;
    let validation: ExampleTable;
    let pool: SamplePrompt[];
    const asked: SamplePrompt = { row: -1, prompt: 'asked', promptIds: [1], expected: '' };

    beforeAll(async () => {
      kernels = await open();
      fixture = await openFixture('qwen2');
      model = await fixture.model(kernels);
      train = tableOf(fixture.examples.slice(0, 6));
      validation = tableOf(fixture.examples.slice(6));
      pool = fixture.examples.slice(6).map(({ row }) => ({ row, prompt: `p${row}`, promptIds: [row], expected: 'e' }));
    });
    afterAll(() => model.dispose());

    const fresh = (seed = 5): LoraAdapter => createLora(model, settings, { seed });
    const recipe = testRecipe({
      max_steps: 8,
      learning_rate: 1e-2,
      lr_scheduler_type: 'constant',
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 1,
      eval_strategy: 'steps',
      eval_steps: 3,
      sample_steps: 2,
      sample_size: 4,
      save_steps: 4,
    });
    const kind = <K extends RunEventBody['event']>(events: RunEventBody[], name: K) =>
      events.filter((event): event is Extract<RunEventBody, { event: K }> => event.event === name);

    test('before the first step: losses of the base, and samples chosen by them; the last step is evaluated too', async () => {
      const base = await scoreTable(model, null, validation, { batchSize: 1 });
      const adapter = fresh();
      let calls = 0;
      const { events } = await collectRun(
        model,
        adapter,
        { recipe, train, validation, samples: [asked], samplePool: pool, startsAsBase: true },
        { hooks: { sample: ({ prompt }) => Promise.resolve(`${prompt} #${calls++}`) } },
      );
      adapter.dispose();
      const evals: EvalEvent[] = kind(events, 'eval');
      expect(evals.map(({ step }) => step)).toEqual([0, 3, 6, 8]);
      expect(evals[0]?.loss).toBe(base.loss);
      expect(events.findIndex(({ event }) => event === 'eval')).toBeLessThan(
        events.findIndex(({ event }) => event === 'step'),
      );

      const samples: SampleEvent[] = kind(events, 'sample');
      expect([...new Set(samples.map(({ step }) => step))]).toEqual([0, 2, 4, 6, 8]);
      const losses = base.rows.map(({ loss }) => loss);
      const rowOf = (loss: number): number | undefined => base.rows.find((row) => row.loss === loss)?.row;
      const first = samples.slice(0, 4);
      expect(first.map(({ pick }) => pick)).toEqual(['asked', 'best', 'worst', 'random']);
      expect(first.map(({ row }) => row).slice(0, 3)).toEqual([
        -1,
        rowOf(Math.min(...losses)),
        rowOf(Math.max(...losses)),
      ]);
      expect(new Set(first.map(({ row }) => row)).size).toBe(4);
      expect(first.map(({ loss }) => loss)).toEqual(
        first.map(({ row }) => base.rows.find((entry) => entry.row === row)?.loss ?? null),
      );
      // The base was asked once, by the first answers; rows and order stay, losses follow the evaluations.
      for (const [index, sample] of samples.entries()) {
        const begun = first[index % 4];
        expect(sample).toMatchObject({ row: begun?.row, pick: begun?.pick, base: begun?.generated });
      }
      expect(samples[5]?.loss).toBe(samples[1]?.loss); // step 2: the last evaluation was that of step 0
      expect(samples[9]?.loss).not.toBe(samples[1]?.loss); // step 4: that of step 3
    });

    test('resumed equals uninterrupted: samples, their base answers and losses, evaluations, the best', async () => {
      const request = { recipe, train, validation, samples: [asked], samplePool: pool };
      let bases = 0;
      const hooks = {
        sampleBase: ({ prompt }: SamplePrompt) => Promise.resolve(`base ${prompt} ${bases++ < 99}`),
      };
      const seen = (events: RunEventBody[]) =>
        events
          .filter(({ event }) => event === 'eval' || event === 'sample' || event === 'step' || event === 'end')
          .map((event) => (event.event === 'step' ? { ...event, ms: 0 } : event));
      const adapter = fresh();
      const whole = await collectRun(model, adapter, request, { hooks });
      expect(bases).toBe(4);
      const values = await kernels.read(adapter.values);
      adapter.dispose();
      const after = (step: number) =>
        seen(whole.events).filter((event) => event.event === 'end' || ('step' in event && event.step > step));

      // The prompts come from the checkpoint: what a resumed run is given in their place is not looked at.
      const resumed = fresh(77);
      const rest = { recipe, train, validation, samples: [] };
      const second = await collectRun(
        model,
        resumed,
        { ...rest, checkpoint: whole.checkpoints[0] ?? null },
        {
          hooks: { sampleBase: () => Promise.reject(new Error('asked again')) },
        },
      );
      expect(seen(second.events)).toEqual(after(4));
      expect(await kernels.read(resumed.values)).toEqual(values);
      resumed.dispose();

      // Stopped after the first answers, before the first step.
      const stopped = fresh();
      const part = await collectRun(model, stopped, request, { stopAt: 0, hooks });
      const third = await collectRun(model, stopped, { ...rest, checkpoint: part.checkpoints[0] ?? null });
      expect(seen(third.events)).toEqual(after(0));
      stopped.dispose();
    });

    test('early stopping: cut off after the evaluation that ends the run, it ends there; the best is left', async () => {
      const patient = testRecipe({
        ...recipe.training,
        max_steps: 60,
        learning_rate: 3e-2,
        eval_steps: 2,
        save_steps: 2,
        sample_steps: null,
        early_stopping_patience: 2,
      });
      const few = tableOf(fixture.examples.slice(0, 2));
      const adapter = fresh();
      const whole = await collectRun(model, adapter, { recipe: patient, train: few, validation });
      const end = whole.events.at(-1);
      expect(end).toMatchObject({ event: 'end', reason: 'early_stopping' });
      const values = await kernels.read(adapter.values);
      adapter.dispose();
      for (const checkpoint of whole.checkpoints.slice(-2)) {
        const again = fresh(77);
        const rest = await collectRun(model, again, { recipe: patient, train: few, validation, checkpoint });
        expect(rest.events.at(-1)).toEqual(end);
        expect(await kernels.read(again.values)).toEqual(values);
        again.dispose();
      }
      // Long before the end the validation loss was that of the base or better, or the run says that it never was.
      const [first, ...later] = kind(whole.events, 'eval');
      const gained = later.some(({ loss }) => loss < (first?.loss ?? 0));
      expect(kind(whole.events, 'warning').map(({ code }) => code)).toEqual(gained ? [] : ['train/no-gain']);
    });

    test.each([
      ['evaluate', 0, ['start']],
      ['sample', 0, ['start', 'eval']],
      ['train', 2, ['start', 'eval', 'sample', 'step', 'step', 'sample']],
      ['evaluate', 3, ['start', 'eval', 'sample', 'step', 'step', 'sample', 'step']],
      ['boundary', 1, ['start', 'eval', 'sample', 'step']],
    ])('discarded in %s after step %i: it ends at once', async (where, step, expected) => {
      const adapter = fresh();
      const tensors = tf.memory().numTensors;
      const events: RunEventBody[] = [];
      let aborted = false;
      const result = await trainLoop(
        model,
        adapter,
        { recipe, train, validation, samples: [asked], dataHash: 'd', checkpoint: null },
        {
          device: { backend: 'test', adapter: 'test' },
          emit: (event) => {
            events.push(event);
            const done = kind(events, 'step').length;
            if (event.event === 'phase' && event.phase === where && done === step) aborted = true;
          },
          boundary: (at) => {
            if (where === 'boundary' && at.step === step) aborted = true;
            return Promise.resolve('continue');
          },
          sample: () => Promise.resolve('s'),
          saved: () => Promise.resolve('never'),
          aborted: () => aborted,
        },
      );
      expect(result).toEqual({ reason: 'discarded', steps: step, bestStep: null });
      expect(events.map(({ event }) => event).filter((event) => event !== 'phase')).toEqual(expected);
      expect(tf.memory().numTensors).toBe(tensors);
      adapter.dispose();
    });

    test('control: other labels to train on, the same to be judged by; its checkpoints are its own', async () => {
      const short = testRecipe({ ...recipe.training, max_steps: 4, sample_steps: null });
      const run = async (control: 'shuffled-labels' | null, checkpoint: Uint8Array | null = null) => {
        const adapter = fresh();
        try {
          return await collectRun(model, adapter, { recipe: short, train, validation, control, checkpoint });
        } finally {
          adapter.dispose();
        }
      };
      const [plain, control] = [await run(null), await run('shuffled-labels')];
      expect(kind(control.events, 'eval')[0]).toEqual(kind(plain.events, 'eval')[0]);
      expect(control.steps[0]?.supervised_tokens).toBe(plain.steps[0]?.supervised_tokens);
      expect(control.steps[0]?.loss).not.toBe(plain.steps[0]?.loss);
      expect((await run('shuffled-labels')).steps.map(({ loss }) => loss)).toEqual(
        control.steps.map(({ loss }) => loss),
      );
      const refused = { code: 'checkpoint/other-run', details: { data: { differs: 'control' } } };
      await expect(run(null, control.checkpoints[0])).rejects.toMatchObject(refused);
      await expect(run('shuffled-labels', plain.checkpoints[0])).rejects.toMatchObject(refused);
    });

    test('an evaluation that is not finite ends the run, names step and rows, and leaves the best', async () => {
      const adapter = fixture.adapter(model);
      const huge = kernels.upload((await kernels.read(adapter.values)).fill(1e30), adapter.values.shape);
      kernels.copy(huge, adapter.values);
      free(huge);
      const tensors = tf.memory().numTensors;
      await expect(collectRun(model, adapter, { recipe, train, validation })).rejects.toMatchObject({
        code: 'train/not-finite',
        details: { data: { step: 0, of: 'validation', rows: [6, 7, 8, 9, 10] } },
      });
      expect(tf.memory().numTensors).toBe(tensors);
      adapter.dispose();
    });
  });
}
