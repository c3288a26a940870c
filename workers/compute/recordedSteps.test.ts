import { afterAll, expect, test, vi } from 'vitest';
import { testRecipe } from '../../src/engine/testing/fixtures';
import { FakeDisk } from '../../src/storage/runs/testing/fakeDisk';
import { browserSurroundings } from './browserRuns';
import { createCompute } from './compute';
import type { RunKeeper } from './runKeeper';
import { startWorker } from './testing/browserLife';
import { keptRequest } from './testing/keptRequest';
import { modelFiles, testOpeners } from './testing/tinyModel';

afterAll(() => vi.unstubAllGlobals());

test('a record says how far each checkpoint is, whichever steps are told', async () => {
  await startWorker(new FakeDisk());
  const { keeper, locks } = browserSurroundings();
  if (!keeper) throw new Error('a keeper is expected');
  const saved: number[] = [];
  const recorded: unknown[] = [];
  const create: RunKeeper['create'] = async (...run) => {
    const folder = await keeper.create(...run);
    const [save, update] = [folder.saveCheckpoint.bind(folder), folder.update.bind(folder)];
    folder.saveCheckpoint = (step, ...rest) => save(step, ...rest).then(() => void saved.push(step));
    folder.update = (changes) => {
      // The first after each checkpoint.
      if (recorded.length < saved.length) recorded.push(changes.steps);
      return update(changes);
    };
    return folder;
  };
  const compute = createCompute(testOpeners, { locks, keeper: { ...keeper, create } });
  await compute.openDevice('wasm');
  await compute.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, {}, () => {});
  const few = { max_steps: 8, logging_steps: 5, save_steps: 3, eval_strategy: 'no', sample_steps: null } as const;
  await compute.train(await keptRequest(testRecipe(few)), () => undefined);
  expect(saved).toEqual([3, 6]);
  expect(recorded).toEqual(saved);
});
