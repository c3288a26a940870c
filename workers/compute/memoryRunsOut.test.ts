import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { testRecipe } from '../../src/engine/testing/fixtures';
import type { TrainRequest } from '../../src/protocol/training';
import { FakeDisk } from '../../src/storage/runs/testing/fakeDisk';
import { startWorker } from './testing/browserLife';
import { keptRequest } from './testing/keptRequest';

let request: TrainRequest;

beforeAll(async () => {
  // The answers to samples take more than the steps do.
  const few = { max_steps: 1, sample_steps: 1, sample_size: 1, per_device_train_batch_size: 1 } as const;
  const kept = await keptRequest(testRecipe(few, { generation: { max_new_tokens: 600 } }));
  const { train: table } = kept;
  const prompts = [...table.rows].map((row) => ({ row, prompt: `p${row}`, promptIds: [5, 6 + row], expected: 'e' }));
  request = { ...kept, validation: table, samplePool: prompts, keep: null };
}, 120_000);
afterAll(() => vi.unstubAllGlobals());

/** What a WASM kernel may lose of its own within a call. */
const scratchBytes = 512;

test.each([
  ['lora', { use_dora: false }, 'adamw'],
  ['lora', { use_dora: true }, 'adamw'],
  ['lora', { use_dora: false }, 'adamw_8bit'],
  ['none', {}, 'adamw'],
] as const)(
  'wherever memory runs out in a run (%s, %j, %s), nothing of it stays on the device',
  async (kind, dora, optim) => {
    const compute = await startWorker(new FakeDisk());
    const { recipe } = request;
    const { adapter, training } = recipe;
    const of = {
      ...request,
      recipe: { ...recipe, adapter: { ...adapter, kind, ...dora }, training: { ...training, optim } },
    };
    const free = await compute.memory();
    await compute.resetPeakMemory();
    await compute.train(of, () => undefined);
    await compute.dropAdapter();
    const { peakDeviceBytes, deviceBytes } = await compute.memory();
    const tries = 24;
    for (let part = 1; part < tries; part++) {
      await compute.limitMemory(deviceBytes + ((peakDeviceBytes - deviceBytes) * part) / tries);
      const ended = compute.train({ ...of, runId: `run-${part}` }, () => undefined);
      await expect(ended).rejects.toMatchObject({ code: 'device/out-of-memory' });
      await compute.limitMemory(null);
      await compute.dropAdapter();
      const left = await compute.memory();
      expect(left.tensors, `${part} of ${tries}`).toBe(free.tensors);
      expect(left.deviceBytes - free.deviceBytes).toBeLessThanOrEqual(scratchBytes);
    }
  },
);
