import { afterAll, expect, test, vi } from 'vitest';
import type { BackendOpeners } from '../../src/engine/device/openEngine';
import { openFixture, tableOf, testRecipe } from '../../src/engine/testing/fixtures';
import type { TrainRequest } from '../../src/protocol/training';
import { FakeDisk } from '../../src/storage/runs/testing/fakeDisk';
import { startWorker } from './testing/browserLife';
import { testOpeners } from './testing/tinyModel';

afterAll(() => vi.unstubAllGlobals());

/** Devices that tell of every token they draw. */
const telling = (drawn: () => void): BackendOpeners => ({
  ...testOpeners,
  wasm: async () => {
    const opened = await testOpeners.wasm();
    const sample = opened.kernels.sample.bind(opened.kernels);
    opened.kernels.sample = (...given) => {
      sample(...given);
      drawn();
    };
    return opened;
  },
});

test('a run that is discarded in the middle of a sample ends at once, not with the answer', async () => {
  let tokens = 0;
  const compute = await startWorker(
    new FakeDisk(),
    telling(() => {
      if (++tokens === 5) void compute.control('run-1', 'discard');
    }),
  );
  const few = { max_steps: 1, eval_strategy: 'no', sample_steps: 1, sample_size: 1 } as const;
  const request: TrainRequest = {
    runId: 'run-1',
    recipe: testRecipe(few, { generation: { max_new_tokens: 400 } }),
    train: tableOf((await openFixture('qwen2')).examples),
    validation: null,
    samples: [{ row: -1, prompt: 'asked', promptIds: [9], expected: '' }],
    dataHash: 'd',
    adapter: null,
    checkpoint: null,
  };
  expect(await compute.train(request, () => undefined)).toMatchObject({ reason: 'discarded', steps: 0 });
  expect(tokens).toBeLessThan(10);
});
