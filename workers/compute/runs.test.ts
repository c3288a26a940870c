import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { testRecipe } from '../../src/engine/testing/fixtures';
import type { TunesmithError } from '../../src/lib/errors';
import { inOneArray } from '../../src/lib/pieced';
import { Random } from '../../src/lib/random';
import { rangedBytes } from '../../src/lib/ranged';
import type { ComputeApi } from '../../src/protocol/computeApi';
import type { FitSuggestion } from '../../src/protocol/memory';
import type { RunEventBody, RunEvent, RunRecord } from '../../src/protocol/run';
import type { TrainRequest, TrainResult } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import { listRuns, readAdapter, readEvents } from '../../src/storage/runs/runList';
import { sweepRuns } from '../../src/storage/runs/sweepRuns';
import { FakeDisk } from '../../src/storage/runs/testing/fakeDisk';
import { browserSurroundings } from './browserRuns';
import { createCompute } from './compute';
import { mortalOpeners, startWorker, type DevicePlan } from './testing/browserLife';
import { keptRequest } from './testing/keptRequest';
import { modelFiles, otherModelFiles, testOpeners } from './testing/tinyModel';

let request: TrainRequest;

beforeAll(async () => {
  const recipe = testRecipe(
    {
      per_device_train_batch_size: 1,
      gradient_accumulation_steps: 2,
      per_device_eval_batch_size: 4,
      learning_rate: 2e-2,
      max_steps: 14,
      save_steps: 2,
      save_total_limit: 2,
      eval_strategy: 'steps',
      eval_steps: 2,
      sample_steps: 4,
      sample_size: 3,
      early_stopping_patience: 6,
    },
    { dataset: { shuffle: true }, adapter: { lora_dropout: 0.2, r: 4 }, generation: { max_new_tokens: 4 } },
  );
  const kept = await keptRequest(recipe);
  const { train: table } = kept;
  request = {
    ...kept,
    validation: table,
    samples: [{ row: -1, prompt: 'asked', promptIds: [9], expected: '' }],
    samplePool: [...table.rows].map((row) => ({ row, prompt: `p${row}`, promptIds: [5, 6 + row], expected: 'e' })),
    keep: { ...kept.keep, forecastBytes: 1000 },
  };
}, 120_000);
afterAll(() => vi.unstubAllGlobals());

const changed = (training: Partial<Recipe['training']>, rest: Partial<TrainRequest> = {}): TrainRequest => ({
  ...request,
  recipe: { ...request.recipe, training: { ...request.recipe.training, ...training } },
  ...rest,
});

/** What of a run must not depend on how often it was interrupted. */
const story = (events: readonly RunEventBody[]): unknown[] =>
  events.flatMap((event): unknown[] => {
    const { event: kind } = event;
    if (kind !== 'step' && kind !== 'eval' && kind !== 'sample') return [];
    return [{ ...event, ms: 0, seq: 0, runId: '' }];
  });
const steps = (events: readonly RunEventBody[]): number[] =>
  events.flatMap((event) => (event.event === 'step' ? [event.step] : []));
const warnings = (events: readonly RunEventBody[]): string[] =>
  events.flatMap((event) => (event.event === 'warning' ? [event.code] : []));
const record = async (): Promise<RunRecord | undefined> => (await listRuns())[0]?.record;

interface Told {
  events: RunEvent[];
  result: TrainResult;
}

async function told(work: (onEvent: (list: RunEvent[]) => void) => Promise<TrainResult>): Promise<Told> {
  const events: RunEvent[] = [];
  const result = await work((list) => events.push(...list));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
  return { events, result };
}
const train = (compute: ComputeApi, of = request): Promise<Told> => told((onEvent) => compute.train(of, onEvent));
const resume = (compute: ComputeApi, step: number | null = null): Promise<Told> =>
  told((onEvent) => compute.resumeRun({ runId: 'run-1', step }, onEvent));

describe('a kept run', () => {
  let whole: Told;
  let adapter: unknown;

  test('leaves its record, its story and its adapter', async () => {
    const compute = await startWorker(new FakeDisk());
    whole = await train(compute);
    expect(whole.result).toMatchObject({ reason: 'completed', steps: 14 });
    expect(await record()).toMatchObject({
      id: 'run-1',
      status: 'completed',
      error: null,
      model: { name: 'tiny', parameters: 15480, source: null },
      steps: 14,
      totalSteps: 14,
      bestStep: whole.result.bestStep,
      checkpoints: [12, 14],
      forecastBytes: 1000,
      startsFresh: true,
      validationRows: request.train.rows.length,
    });
    const kept = await readEvents('run-1');
    expect(story(kept)).toEqual(story(whole.events));
    expect(kept.at(-1)).toMatchObject({ event: 'end' });
    expect(kept.filter(({ event }) => event === 'checkpoint')).toHaveLength(7);
    adapter = await readAdapter('run-1');
    expect(adapter).toEqual(await compute.exportAdapter());
    await expect(resume(compute)).rejects.toMatchObject({ code: 'run/finished' });
  });

  test('switched off at random moments, again and again: the same story, bit for bit, and no files too many', async () => {
    const random = new Random(7);
    const disk = new FakeDisk();
    let compute = await startWorker(disk);
    let last: Told | null = null;
    for (let life = 0; life < 6 && last === null; life++) {
      // Within a few checkpoints, in the middle of a write most of the time.
      if (life < 5) disk.crashAfter(20_000 + Math.floor(random.uniform() * 90_000));
      const begun = life === 0 ? train(compute) : resume(compute);
      await begun.then(
        (ended) => {
          if (life === 5) last = ended;
        },
        (error: unknown) => {
          if (life === 5) throw error;
        },
      );
      disk.restart();
      compute = await startWorker(disk);
      const now = await record();
      if (!now) expect(life).toBe(0);
      else if (now.status === 'completed') break;
      if (!now) await train(compute).then((ended) => (last = ended));
    }
    const kept = await readEvents('run-1');
    expect(story(kept)).toEqual(story(whole.events));
    expect(await readAdapter('run-1')).toEqual(adapter);
    expect(await record()).toMatchObject({ status: 'completed', steps: 14 });
    expect(await sweepRuns()).toMatchObject({ files: 0 });
  });

  test('stopped, continued from a chosen step; another model is refused', async () => {
    const disk = new FakeDisk();
    const compute = await startWorker(disk);
    await told((onEvent) =>
      compute.train(request, (list) => {
        onEvent(list);
        if (list.some((event) => event.event === 'step' && event.step >= 5))
          void compute.control('run-1', 'stop').catch(() => undefined);
      }),
    );
    const stopped = await record();
    expect(stopped).toMatchObject({ status: 'stopped' });
    const other = await startWorker(disk, testOpeners, await otherModelFiles());
    await expect(resume(other)).rejects.toMatchObject({
      code: 'run/other-model',
      message: expect.stringContaining('got one of that name and size with other weights') as string,
    });
    const again = await startWorker(disk);
    await expect(resume(again, 1)).rejects.toMatchObject({ code: 'run/no-checkpoint' });
    const { events } = await resume(again, stopped?.checkpoints[0] ?? 0);
    // The page hears the whole curve, then goes on.
    const rewind = events.findIndex(({ event }) => event === 'rewind');
    expect(steps(events.slice(0, rewind)).at(-1)).toBe(stopped?.checkpoints[0]);
    expect(story(events)).toEqual(story(whole.events));
    expect(await readAdapter('run-1')).toEqual(adapter);
  });
});

describe('trouble', () => {
  test('an adapter to begin with is kept as step 0, so that a run cut off before its first checkpoint goes on from it', async () => {
    const disk = new FakeDisk();
    const compute = await startWorker(disk);
    await train(compute, changed({ max_steps: 2 }, { keep: null }));
    const given = await compute.exportAdapter();
    // So many that the first ones are told while it is still going on.
    const endless = { max_steps: 40, save_steps: null, eval_strategy: 'no', sample_steps: null } as const;
    const of = changed(endless, { adapter: given });
    const { events } = await train(compute, of);
    expect(await record()).toMatchObject({ startsFresh: false, checkpoints: [0] });
    await compute.control('run-1', 'stop').catch(() => undefined);

    const other = new FakeDisk();
    const second = await startWorker(other);
    await told((onEvent) =>
      second.train(of, (list) => {
        onEvent(list);
        if (steps(list).length > 0) other.crashAfter(0);
      }),
    );
    other.restart();
    const again = await resume(await startWorker(other));
    expect(story(again.events)).toEqual(story(events));
    expect(await record()).toMatchObject({ status: 'completed' });
  });

  test('an adapter to begin with is kept before the first evaluation: cut off in it, or a device lost after it, it is told once', async () => {
    const plan: DevicePlan = { callsLeft: Infinity, next: [], opened: 0, calls: 0 };
    const first = await startWorker(new FakeDisk(), mortalOpeners(plan));
    await train(first, changed({ max_steps: 2 }, { keep: null }));
    const of = changed({ max_steps: 4, save_steps: null }, { adapter: await first.exportAdapter() });
    const { calls: before } = plan;
    const whole = await train(first, of);
    const taken = plan.calls - before;
    expect(story(whole.events)[0]).toMatchObject({ event: 'eval', step: 0 });

    const disk = new FakeDisk();
    await startWorker(disk);
    const { keeper, locks } = browserSurroundings();
    if (!keeper) throw new Error('a keeper is expected');
    const begun: unknown[] = [];
    const cut = createCompute(testOpeners, {
      locks,
      keeper: {
        ...keeper,
        async create(...run) {
          const folder = await keeper.create(...run);
          const save = folder.saveCheckpoint.bind(folder);
          folder.saveCheckpoint = async (step, document, limit) => {
            begun.push([step, (await openCheckpoint(rangedBytes(await inOneArray(document)))).begun]);
            await save(step, document, limit);
            // Nothing of the evaluation that now begins is kept.
            disk.crashAfter(0);
          };
          return folder;
        },
      },
    });
    await cut.openDevice('wasm');
    await cut.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, {}, () => {});
    await train(cut, of);
    expect(begun[0]).toEqual([0, null]);
    disk.restart();
    const second = await startWorker(disk);
    expect(await record()).toMatchObject({ status: 'running', checkpoints: [0] });
    expect(story(await readEvents('run-1'))).toEqual([]);
    expect(story((await resume(second)).events)).toEqual(story(whole.events));

    const third = await startWorker(new FakeDisk(), mortalOpeners(plan));
    plan.callsLeft = Math.floor((taken * 2) / 3);
    const { events } = await train(third, of);
    expect(warnings(events)).toContain('device/lost');
    expect(events.find(({ event }) => event === 'rewind')).toMatchObject({ step: -1 });
    expect(story(await readEvents('run-1'))).toEqual(story(whole.events));
  });

  test('a lost device: a new one, the last checkpoint, the same losses, and a line in the log', async () => {
    const plan: DevicePlan = { callsLeft: Infinity, next: [], opened: 0, calls: 0 };
    const disk = new FakeDisk();
    const compute = await startWorker(disk, mortalOpeners(plan));
    const { calls: before } = plan;
    const whole = await train(compute, changed({ max_steps: 6 }));
    const taken = plan.calls - before;
    const adapterOfWhole = await compute.exportAdapter();
    for (const keep of [request.keep, null]) {
      plan.callsLeft = Math.floor(taken / 3);
      // The next device does not even live to hold the model, the one after it not to the end.
      plan.next = [30, Math.floor(taken / 2)];
      const { events, result } = await train(
        compute,
        changed({ max_steps: 6 }, { runId: keep ? 'run-2' : 'run-3', keep: keep ?? null }),
      );
      expect(plan.next).toEqual([]);
      expect(result.steps).toBe(6);
      expect(warnings(events)).toContain('device/lost');
      const firstLoss = events.findIndex(({ event }) => event === 'rewind');
      expect(firstLoss).toBeGreaterThan(0);
      // What a page shows that forgets at every rewind.
      const shown: RunEventBody[] = [];
      for (const event of events) {
        if (event.event === 'rewind')
          shown.splice(0, Infinity, ...shown.filter((each) => !('step' in each) || each.step <= event.step));
        else shown.push(event);
      }
      expect(story(shown)).toEqual(story(whole.events));
      const [first] = await compute.exportAdapter();
      expect(first).toEqual(adapterOfWhole[0]);
    }
    expect(warnings(await readEvents('run-2'))).toContain('device/lost');

    // Without a run: model and adapter are there again.
    const chat = {
      id: 'c',
      promptIds: [7, 13],
      useAdapter: true,
      max_new_tokens: 6,
      temperature: 0,
      top_p: 1,
      top_k: 0,
    };
    const ask = () =>
      compute.generate({ ...chat, min_p: 0, repetition_penalty: 1, seed: 1, stopStrings: [] }, () => {});
    const answer = await ask();
    plan.callsLeft = 5;
    const { opened } = plan;
    expect((await ask()).ids).toEqual(answer.ids);
    expect(plan.opened).toBe(opened + 1);

    // Lost again and again at one place: it ends, and says so.
    plan.callsLeft = 1500;
    plan.next = Array<number>(9).fill(1500);
    const again = train(compute, changed({ max_steps: 60, save_steps: null }, { runId: 'run-4' }));
    await expect(again).rejects.toMatchObject({
      code: 'device/lost',
      message: expect.stringContaining('at most 3 times') as string,
    });
  });

  test('a loss that is no number: failed, with the last good step as checkpoint and adapter', async () => {
    const compute = await startWorker(new FakeDisk());
    const of = changed({ learning_rate: 1e30, max_grad_norm: 0, save_steps: null, eval_strategy: 'no' });
    await expect(train(compute, of)).rejects.toMatchObject({ code: 'train/not-finite' });
    const failed = await record();
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'train/not-finite' } });
    expect(failed?.checkpoints).toEqual([failed?.steps]);
    expect(await readAdapter('run-1')).toEqual(await compute.exportAdapter());
  });

  test('discarded: nothing of it is left, and the adapter is the one of before', async () => {
    const disk = new FakeDisk();
    const compute = await startWorker(disk);
    await train(compute, changed({ max_steps: 2 }, { keep: null }));
    const before = await compute.exportAdapter();
    const { result, events } = await told((onEvent) =>
      compute.train(request, (list) => {
        onEvent(list);
        if (steps(list).length > 0) void compute.control('run-1', 'discard').catch(() => undefined);
      }),
    );
    expect(result.reason).toBe('discarded');
    expect(steps(events).length).toBeLessThan(14);
    expect(await compute.exportAdapter()).toEqual(before);
    expect(await listRuns()).toEqual([]);
    expect(disk.files()).toEqual([]);
  });

  test('a full disk, and none at all: told once, and of the result once more; the run goes on', async () => {
    const disk = new FakeDisk();
    const compute = await startWorker(disk);
    const { result, events } = await told((onEvent) =>
      compute.train(changed({ max_steps: 40, eval_strategy: 'no', sample_steps: null }), (list) => {
        onEvent(list);
        if (steps(list).length > 0) disk.quotaBytes = disk.usedBytes() + 100;
      }),
    );
    expect(result.steps).toBe(40);
    const full = events.flatMap((event) => (event.event === 'warning' && event.code === 'storage/full' ? [event] : []));
    expect(full.map(({ message }) => message.split(':')[0])).toEqual([
      expect.stringMatching(/^checkpoint|^metrics/),
      'adapter',
    ]);
    vi.stubGlobal('navigator', { locks: navigator.locks });
    const bare = await train(compute, changed({ max_steps: 2 }));
    expect(bare.result.steps).toBe(2);
    expect(warnings(bare.events).filter((code) => code === 'storage/unavailable')).toHaveLength(1);
  });

  test('two tabs: one trains, the other says so; every worker has a lock of its own while it lives', async () => {
    const one = await startWorker(new FakeDisk());
    // It is refused before it would need a device.
    const two = createCompute(testOpeners, browserSurroundings());
    const first = one.train(changed({ max_steps: 4 }), () => {});
    await one.control('run-1', 'pause');
    const second = two.train({ ...request, runId: 'run-2' }, () => {});
    await expect(second).rejects.toMatchObject({ code: 'train/other-tab' });
    await one.control('run-1', 'resume');
    await first;
    const names = [await one.aliveLock(), await two.aliveLock()];
    expect(await one.aliveLock()).toBe(names[0]);
    const { held = [] } = await navigator.locks.query();
    expect(held.map(({ name }) => name).sort()).toEqual(names.sort());
  });
});

describe('memory', () => {
  test('a run that needs more than the limit fails with settings under which it then trains; nothing stays behind', async () => {
    const compute = await startWorker(new FakeDisk());
    const free = await compute.memory();
    const of = (batch: number) => changed({ per_device_train_batch_size: batch, max_steps: 2, eval_strategy: 'no' });
    const needs = async (batch: number) => {
      await compute.resetPeakMemory();
      await train(compute, { ...of(batch), keep: null, samples: [], samplePool: [] });
      await compute.dropAdapter();
      return (await compute.memory()).peakDeviceBytes;
    };
    const [one, four] = [await needs(1), await needs(4)];
    await compute.limitMemory(Math.round((one + four) / 2));
    const big = { ...of(4), samples: [], samplePool: [] };
    const error = await train(compute, big).then(
      () => expect.unreachable('it fitted'),
      (reason: unknown) => reason as TunesmithError,
    );
    expect(error.code).toBe('device/out-of-memory');
    expect(await record()).toMatchObject({ status: 'failed', error: { code: 'device/out-of-memory' } });
    expect(await compute.memory()).toMatchObject({ tensors: free.tensors, deviceBytes: free.deviceBytes });
    const { suggestion } = error.details.data as { suggestion: FitSuggestion | null };
    expect(suggestion?.changes.length).toBeGreaterThan(0);
    const smaller = structuredClone(big.recipe) as unknown as Record<string, Record<string, unknown>>;
    for (const { path, to } of suggestion?.changes ?? []) {
      const [area = '', key = ''] = path.split('.');
      (smaller[area] ??= {})[key] = to;
    }
    const fitting = { ...big, runId: 'run-2', recipe: smaller as unknown as Recipe };
    expect((await train(compute, fitting)).result.steps).toBe(2);
    await compute.limitMemory(null);

    // A model that does not fit, and the device is free for another.
    await compute.limitMemory(30_000);
    const load = () =>
      compute.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, { dtype: 'f32' }, () => {});
    await expect(load()).rejects.toMatchObject({
      code: 'device/out-of-memory',
      details: { data: { neededBytes: expect.any(Number) as number, suggestion: null } },
    });
    await compute.limitMemory(null);
    expect((await compute.memory()).deviceBytes).toBe(0);
    await load();
    expect(await compute.memory()).toMatchObject({ tensors: free.tensors, deviceBytes: free.deviceBytes });
  });
});
