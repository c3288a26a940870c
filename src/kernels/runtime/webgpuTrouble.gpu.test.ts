import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import { numbers } from '../testing/harness';
import { Submissions } from './submissions';
import { openWebgpuDevice } from './webgpuDevice';
import { WebgpuRunner } from './webgpuRunner';

async function open() {
  const opened = await openWebgpuDevice({});
  const { device, backend } = opened;
  return { device, runner: new WebgpuRunner(device, backend), lost: opened.lost, close: () => opened.close() };
}

const addOne = {
  name: 'addOne',
  access: 'w',
  source: `
    struct Params { size: u32, amount: f32 }
    @group(0) @binding(0) var<uniform> p: Params;
    @group(0) @binding(1) var<storage, read_write> x: array<f32>;
    @compute @workgroup_size(1)
    fn main(@builtin(workgroup_id) wid: vec3<u32>) { if (wid.x < p.size) { x[wid.x] += p.amount; } }`,
};

/** Calls `strike` at submission number `at`. */
function atSubmission(device: GPUDevice, at: number, strike: () => void): void {
  const submit = device.queue.submit.bind(device.queue);
  let count = 0;
  device.queue.submit = (buffers) => {
    if (count++ === at) strike();
    submit(buffers);
  };
}

/** Ten steps of x ← x + (1, 2, 3 …) with a read after each, from where `done` ends. Fails as the device does. */
async function tenSteps({ runner }: { runner: WebgpuRunner }, done: Float32Array[]): Promise<void> {
  const x = runner.upload(done.at(-1) ?? numbers(64, 1), [64]);
  try {
    while (done.length < 10) {
      const amount = runner.upload(Float32Array.of(done.length), [1]);
      const sum = runner.empty([64]);
      try {
        for (let index = 0; index < 40; index++) runner.dispatch(runner.program(addOne), [x], [64, { f: 0.1 }], 64);
        runner.copy(x, sum);
        // Two reads are on their way at a time, as in a training step.
        const [values] = await Promise.all([runner.read(sum), runner.read(amount)]);
        done.push(values);
      } finally {
        tf.dispose([amount.storage, sum.storage]);
      }
    }
  } finally {
    x.storage.dispose();
  }
}

test('device.destroy() at random points of ten steps: device/lost, all freed; a new device goes on with the same bits', async () => {
  const expected: Float32Array[] = [];
  const first = await open();
  await tenSteps(first, expected);
  first.close();
  const random = new Random(3, 9);
  for (let round = 0; round < 12; round++) {
    const before = tf.engine().state.numTensors;
    const studio = await open();
    const strike = (): void => studio.device.destroy();
    // Half of them a moment later, in whatever is waited for then.
    const delay = random.uniform() * 3;
    atSubmission(studio.device, random.below(30), () => (round % 2 ? void setTimeout(strike, delay) : strike()));
    const done: Float32Array[] = [];
    const error = await tenSteps(studio, done).then(strike, (reason: unknown) => reason);
    const lost = await studio.lost;
    expect(lost).toMatchObject({ code: 'device/lost' });
    if (done.length < 10) expect(error).toMatchObject({ code: 'device/lost' });
    expect(done).toEqual(expected.slice(0, done.length));
    // Whatever is asked of it now says so at once.
    expect(() => studio.runner.empty([3])).toThrow(lost.message);
    expect(() => studio.runner.upload(Float32Array.of(1), [1])).toThrow(lost.message);
    await expect(studio.runner.finish()).rejects.toMatchObject({ code: 'device/lost' });
    if (round % 3) studio.close();
    const next = await open();
    // A device that is gone takes nothing from its successor.
    studio.close();
    studio.close();
    await tenSteps(next, done);
    expect(done).toEqual(expected);
    expect(tf.engine().state.numTensors).toBe(before);
    expect(next.runner.bytesInUse).toBe(0);
    next.close();
  }
});

test('what waits for a device that is lost without a word ends', async () => {
  const { device, runner, close } = await open();
  // As some drivers do: promises of a lost device that are never kept.
  const never = new Promise<never>(() => undefined);
  device.queue.onSubmittedWorkDone = () => never;
  device.createComputePipelineAsync = () => never;
  const x = runner.upload(new Float32Array(4), [4]);
  runner.setPace('polite');
  const waits = [
    runner.finish(),
    runner.breathe(),
    runner.prepare(() => runner.dispatch(runner.program(addOne), [x], [4, { f: 1 }], 4)),
  ].map((wait) =>
    wait.then(
      () => null,
      (error: unknown) => (error as TunesmithError).code,
    ),
  );
  device.destroy();
  expect(await Promise.all(waits)).toEqual(['device/lost', 'device/lost', 'device/lost']);
  x.storage.dispose();
  close();
});

test('a limit: the pool goes first, then device/out-of-memory; without it all is as before', async () => {
  const { runner, close } = await open();
  const [first, second] = [runner.upload(numbers(1000, 1), [1000]), runner.empty([2000])];
  runner.copy({ ...first, shape: [1000] }, { ...second, shape: [1000] });
  second.storage.dispose();
  // Recorded work still holds the second buffer, which a full device is relieved of.
  runner.setLimit(13_000);
  const third = runner.empty([2200]);
  runner.dispatch(runner.program(addOne), [third], [2200, { f: 1 }], 2200);
  expect([runner.bytesInUse, runner.bytesAllocated]).toEqual([12_800, 12_800]);
  const data = { neededBytes: 12_800 + 400, limitBytes: 13_000 };
  const full = expect.objectContaining({ code: 'device/out-of-memory', details: { data } }) as Error;
  expect(() => runner.upload(new Float32Array(100), [100])).toThrow(full);
  third.storage.dispose();
  expect(await runner.read(first)).toEqual(numbers(1000, 1));
  runner.setLimit(null);
  expect(await runner.read(runner.upload(Float32Array.of(5), [1]))).toEqual(Float32Array.of(5));
  first.storage.dispose();
  close();
});

test('memory that the device has not: told where results are read, and nothing of it comes back from the pool', async () => {
  const { device, runner, close } = await open();
  // SwiftShader has as much as the machine; so a buffer that is none is made to look like one there was no memory for.
  const createBuffer = device.createBuffer.bind(device);
  const popErrorScope = device.popErrorScope.bind(device);
  let refused: Promise<GPUError> | null = null;
  device.createBuffer = (descriptor) => {
    const buffer = createBuffer(descriptor);
    if (descriptor.size !== 4444) return buffer;
    buffer.destroy();
    refused = Promise.resolve(new GPUOutOfMemoryError('full'));
    return buffer;
  };
  device.popErrorScope = async () => {
    const mine = refused;
    refused = null;
    return (await popErrorScope()) ?? mine;
  };
  const x = runner.empty([1111]);
  runner.dispatch(runner.program(addOne), [x], [1111, { f: 1 }], 1111);
  const other = runner.upload(Float32Array.of(1), [1]);
  // Both were asked for before the answer came.
  const [one, two] = await Promise.allSettled([runner.read(x), runner.read(other)]);
  const full = expect.objectContaining({
    code: 'device/out-of-memory',
    details: { data: { neededBytes: 4444 } },
  }) as unknown;
  expect([one, two]).toEqual([
    { status: 'rejected', reason: full },
    { status: 'rejected', reason: full },
  ]);
  x.storage.dispose();
  Object.assign(device, { createBuffer, popErrorScope });
  const y = runner.empty([1111]);
  runner.dispatch(runner.program(addOne), [y], [1111, { f: 1 }], 1111);
  expect((await runner.read(y)).length).toBe(1111);
  expect(await runner.read(other)).toEqual(Float32Array.of(1));
  tf.dispose([y.storage, other.storage]);
  close();
});

test('a device that makes no progress is given up; the operation it stands in is known, or known the next time', async () => {
  const seen: string[][] = [];
  const never = new Promise<undefined>(() => undefined);
  for (const ops of [['matmul', 'rope'], ['rope']]) {
    const { device, close } = await open();
    device.queue.onSubmittedWorkDone = () => never;
    const reports = {
      suspects: new Set<string>(),
      failed: () => undefined,
      hung: (held: readonly string[]) => seen.push([...held]),
    };
    const submissions = new Submissions(device, reports, 1);
    for (const op of ops) submissions.recorded(op);
    submissions.submitted();
    await device.lost;
    close();
  }
  expect(seen).toEqual([['matmul', 'rope'], ['rope']]);
});
