import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { numbers } from '../testing/harness';
import { Submissions } from './submissions';
import { openWebgpuDevice } from './webgpuDevice';
import { WebgpuRunner } from './webgpuRunner';

async function open() {
  const opened = await openWebgpuDevice({});
  const { device, backend } = opened;
  return { device, runner: new WebgpuRunner(device, backend), close: () => opened.close() };
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
