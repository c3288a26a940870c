/** A full run's model beside its run: kept, found again, put back. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testRecipe } from '../../src/engine/testing/fixtures';
import type { ComputeApi } from '../../src/protocol/computeApi';
import type { RunEvent } from '../../src/protocol/run';
import type { TrainRequest } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import { listRuns } from '../../src/storage/runs/runList';
import { FakeDisk } from '../../src/storage/runs/testing/fakeDisk';
import { mortalOpeners, startWorker, type DevicePlan } from './testing/browserLife';
import { keptRequest } from './testing/keptRequest';

/** A LoRA run of so many steps that it can be discarded. */
let request: TrainRequest;

beforeAll(async () => {
  request = await keptRequest(testRecipe({ per_device_train_batch_size: 1, learning_rate: 2e-2, max_steps: 40 }, {}));
}, 120_000);
afterAll(() => vi.unstubAllGlobals());

const full = (training: Partial<Recipe['training']>): TrainRequest => {
  const { recipe } = request;
  return {
    ...request,
    recipe: { ...recipe, training: { ...recipe.training, ...training }, adapter: { ...recipe.adapter, kind: 'none' } },
  };
};
const hasStep = (list: readonly RunEvent[]): boolean => list.some(({ event }) => event === 'step');
const loss = async (compute: ComputeApi, useAdapter = true): Promise<number> =>
  (await compute.score({ examples: request.train, batchSize: 4, useAdapter })).loss;

/** The names of the exported files, and the model card. */
async function exported(compute: ComputeApi): Promise<[string[], string]> {
  const files = await compute.openExport();
  const readme = files.find(({ name }) => name === 'README.md');
  const bytes = await compute.readExport('README.md', 0, readme?.sizeBytes ?? 0);
  return [files.map(({ name }) => name), new TextDecoder().decode(bytes)];
}

test('is kept with its run, and there again after a refresh, a lost device and another run', async () => {
  const plan: DevicePlan = { callsLeft: Infinity, next: [], opened: 0, calls: 0 };
  const disk = new FakeDisk();
  const compute = await startWorker(disk);
  const base = await loss(compute, false);
  await compute.train(full({ max_steps: 3 }), () => {});
  const tuned = await loss(compute);
  expect(tuned).not.toBe(base);
  expect((await listRuns())[0]).toMatchObject({ hasModel: true, hasAdapter: false });
  const [, readme] = await exported(compute);

  const again = await startWorker(disk, mortalOpeners(plan));
  expect(await again.tunedKind()).toBeNull();
  await again.loadRunModel('run-1');
  expect(await again.tunedKind()).toBe('model');
  expect(await loss(again)).toBe(tuned);
  expect(await loss(again, false)).toBe(base);
  expect((await exported(again))[1]).toBe(readme);

  plan.callsLeft = 5;
  const { opened } = plan;
  expect(await loss(again)).toBe(tuned);
  expect(plan.opened).toBe(opened + 1);

  // A run on the base that is discarded gives it back.
  const result = await again.train({ ...request, runId: 'run-2' }, (list) => {
    if (hasStep(list)) void again.control('run-2', 'discard').catch(() => undefined);
  });
  expect(result.reason).toBe('discarded');
  expect(await loss(again)).toBe(tuned);

  await again.dropAdapter();
  expect(await loss(again, false)).toBe(base);
  await expect(loss(again)).rejects.toMatchObject({ code: 'adapter/none' });
});

test('of a run that was cut off goes on bit for bit; one that is altered is not loaded', async () => {
  const run = full({ max_steps: 4, save_steps: 1 });
  const uncut = new FakeDisk();
  const whole = await startWorker(uncut);
  const { ticks: before } = uncut;
  await whole.train(run, () => {});
  const written = uncut.ticks - before;
  const tuned = await loss(whole);

  const disk = new FakeDisk();
  const cut = await startWorker(disk);
  // A checkpoint is there by then, the model is not: that is kept at the end.
  disk.crashAfter(Math.floor(written / 2));
  await cut.train(run, () => {}).catch(() => undefined);
  disk.restart();
  const again = await startWorker(disk);
  await expect(again.loadRunModel('run-1')).rejects.toMatchObject({ code: 'run/no-model' });
  await expect(again.loadRunModel('run-7')).rejects.toMatchObject({ code: 'run/none' });
  await again.resumeRun({ runId: 'run-1', step: null }, () => {});
  expect(await loss(again)).toBe(tuned);

  const [file] = disk.files().filter(([path]) => path.includes('/model-'));
  file![1][5000]! ^= 1;
  const third = await startWorker(disk);
  await expect(third.loadRunModel('run-1')).rejects.toMatchObject({ code: 'checkpoint/damaged' });
  expect(await third.tunedKind()).toBeNull();
});
