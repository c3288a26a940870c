import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { testRecipe } from '../../src/engine/testing/fixtures';
import type { TrainRequest } from '../../src/protocol/training';
import { listRuns, readAdapter } from '../../src/storage/runs/runList';
import { FakeDisk } from '../../src/storage/runs/testing/fakeDisk';
import { mortalOpeners, startWorker, type DevicePlan } from './testing/browserLife';
import { keptRequest } from './testing/keptRequest';

let request: TrainRequest;

beforeAll(async () => {
  const few = { max_steps: 3, save_steps: 2, eval_strategy: 'no', sample_steps: null, learning_rate: 2e-2 } as const;
  request = await keptRequest(testRecipe(few, { adapter: { r: 4 } }));
}, 120_000);
afterEach(() => vi.restoreAllMocks());
afterAll(() => vi.unstubAllGlobals());

const immortal = (): DevicePlan => ({ callsLeft: Infinity, next: [], opened: 0, calls: 0 });

test.each(['lora', 'none'] as const)(
  'a device that is lost while the result is being kept (%s): it is made again, and kept',
  async (kind) => {
    const { recipe } = request;
    const of = { ...request, recipe: { ...recipe, adapter: { ...recipe.adapter, kind } } };
    const whole = immortal();
    const first = await startWorker(new FakeDisk(), mortalOpeners(whole));
    const before = whole.calls;
    await first.train(of, () => undefined);
    const taken = whole.calls - before;
    const adapter = kind === 'lora' && (await readAdapter('run-1'));
    for (let last = 0; last < 3; last++) {
      const plan = immortal();
      const compute = await startWorker(new FakeDisk(), mortalOpeners(plan));
      plan.callsLeft = taken - last;
      expect(await compute.train(of, () => undefined)).toMatchObject({ reason: 'completed', steps: 3 });
      expect(plan.opened).toBe(2);
      const [run] = await listRuns();
      expect(run).toMatchObject({ record: { status: 'completed', steps: 3 } });
      expect(run?.[kind === 'lora' ? 'hasAdapter' : 'hasModel']).toBe(true);
      if (adapter) expect(await readAdapter('run-1')).toEqual(adapter);
    }
  },
);

test('a device that was gone, and has come back: the run goes on, and others can begin', async () => {
  const later = setTimeout;
  // Nobody waits for a driver here.
  vi.spyOn(globalThis, 'setTimeout').mockImplementation((work: () => void, ms = 0) => later(work, Math.min(ms, 10)));
  const plan = immortal();
  const openers = mortalOpeners(plan);
  let isGone = false;
  const compute = await startWorker(new FakeDisk(), {
    ...openers,
    wasm: () => (isGone ? Promise.reject(new Error('no device')) : openers.wasm()),
  });
  isGone = true;
  plan.callsLeft = 60;
  await expect(compute.train(request, () => undefined)).rejects.toMatchObject({ code: 'device/gone' });
  await expect(compute.resumeRun({ runId: 'run-1', step: null }, () => undefined)).rejects.toMatchObject({
    code: 'device/gone',
  });
  isGone = false;
  const goesOn = compute.resumeRun({ runId: 'run-1', step: null }, () => undefined);
  expect(await goesOn).toMatchObject({ reason: 'completed', steps: 3 });
  expect(await compute.train({ ...request, runId: 'run-2' }, () => undefined)).toMatchObject({ steps: 3 });
});
