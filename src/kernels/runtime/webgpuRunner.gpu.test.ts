import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { numbers } from '../testing/harness';
import { openWebgpuDevice, type WebgpuDevice } from './webgpuDevice';
import { poolNames } from './webgpuBuffers';
import { privateNames, WebgpuRunner } from './webgpuRunner';

const errors: string[] = [];
let opened: WebgpuDevice;
let runner: WebgpuRunner;

beforeAll(async () => {
  opened = await openWebgpuDevice({
    onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
    onError: (message) => errors.push(message),
  });
  runner = new WebgpuRunner(opened.device, opened.backend);
});
beforeEach(() => {
  errors.length = 0;
});
afterAll(() => {
  opened.close();
});

const addOne = {
  name: 'addOne',
  access: 'w',
  source: `
    struct Params { size: u32, amount: f32 }
    @group(0) @binding(0) var<uniform> p: Params;
    @group(0) @binding(1) var<storage, read_write> x: array<f32>;
    @compute @workgroup_size(1)
    fn main(@builtin(workgroup_id) wid: vec3<u32>, @builtin(num_workgroups) grid: vec3<u32>) {
      let i = wid.y * grid.x + wid.x;
      if (i < p.size) { x[i] += p.amount; }
    }`,
};
const addUp = {
  name: 'addUp',
  access: 'wr',
  source: `
    override factor: f32 = 1;
    @group(0) @binding(1) var<storage, read_write> x: array<f32>;
    @group(0) @binding(2) var<storage, read> y: array<f32>;
    @compute @workgroup_size(1)
    fn main(@builtin(workgroup_id) wid: vec3<u32>) { x[wid.x] += factor * y[wid.x]; }`,
};

describe('the private names of tfjs-backend-webgpu 4.22.0', () => {
  test('are there, of the kind the runner takes them for', () => {
    const one = tf.fill([1], 1);
    tf.dispose([tf.add(one, one), one]);
    const backend = opened.backend as unknown as Record<string, unknown>;
    const kinds = privateNames.map((name) => [name, name in backend ? typeof backend[name] : 'missing']);
    // A pass is made by the first dispatch.
    expect(Object.fromEntries(kinds)).toEqual({
      tensorMap: 'object',
      uploadToGPU: 'function',
      commandEncoder: 'object',
      computePassEncoder: 'object',
      ensureCommandEncoderReady: 'function',
      endComputePassEncoder: 'function',
      dispatchCountInPass: 'number',
      submitQueue: 'function',
      bufferManager: 'object',
    });
    const pool = backend['bufferManager'] as Record<string, unknown>;
    expect(poolNames.map((name) => [name, typeof pool[name]])).toEqual([
      ['device', 'object'],
      ['freeBuffers', 'object'],
      ['numFreeBuffers', 'number'],
      ['numBytesUsed', 'number'],
      ['numBytesAllocated', 'number'],
      ['releaseBuffer', 'function'],
    ]);
    expect(pool['freeBuffers']).toBeInstanceOf(Map);
  });

  test('one stream: our dispatches and tfjs’s own programs keep their order', async () => {
    const program = runner.program(addOne);
    const x = tf.fill([300], 2);
    runner.dispatch(program, [x], [300, { f: 1 }], 300);
    const doubled = tf.mul(x, x);
    runner.dispatch(program, [doubled], [300, { f: -4 }], 300);
    const result = tf.add(doubled, x);
    expect((await result.data()).every((value) => value === 8)).toBe(true);
    expect(errors).toEqual([]);
    tf.dispose([x, doubled, result]);
  });

  test('a tensor freed right after its dispatch gives its buffer to the next one, which does not overtake it', async () => {
    const program = runner.program(addUp);
    const target = runner.upload(new Float32Array(50), [50]);
    for (let round = 0; round < 20; round++) {
      const x = runner.upload(new Float32Array(50).fill(round), [50]);
      runner.dispatch(program, [target, x], [], 50);
      x.storage.dispose();
    }
    const bytes = runner.bytesInUse;
    for (let round = 0; round < 5; round++) {
      const y = runner.empty([50]);
      runner.copy(target, y);
      runner.dispatch(program, [y, target], [], 50);
      y.storage.dispose();
      expect(runner.bytesInUse).toBe(bytes);
    }
    expect((await runner.read(target)).every((value) => value === 190)).toBe(true);
    target.storage.dispose();
  });

  test('prepared: shaders are compiled ahead, the work is not done, nothing is allocated', async () => {
    const target = runner.upload(new Float32Array(4).fill(2), [4]);
    const bytes = runner.bytesAllocated;
    const work = (): void => {
      const x = runner.upload(new Float32Array(4).fill(3), [4]);
      const between = runner.empty([4]);
      runner.dispatch(runner.program({ ...addUp, constants: { factor: 7 } }), [target, x], [], 4);
      runner.copy(target, between);
      x.storage.dispose();
      between.storage.dispose();
    };
    const compiled: [done: number, total: number][] = [];
    const prepare = (): Promise<number> => runner.prepare(work, (done, total) => compiled.push([done, total]));
    expect(await prepare()).toBe(1);
    expect(await prepare()).toBe(0);
    expect(compiled).toEqual([
      [0, 1],
      [1, 1],
    ]);
    expect(await runner.read(target)).toEqual(new Float32Array(4).fill(2));
    expect(runner.bytesAllocated).toBe(bytes);
    work();
    expect(await runner.read(target)).toEqual(new Float32Array(4).fill(23));
    target.storage.dispose();
    expect(errors).toEqual([]);
  });

  test('much work is cut into command buffers of a bounded amount, light work is not', () => {
    const target = runner.upload(new Float32Array(4), [4]);
    const program = runner.program(addOne);
    runner.submit();
    const queue = opened.device.queue;
    const submit = queue.submit.bind(queue);
    let submissions = 0;
    queue.submit = (buffers) => {
      submissions++;
      submit(buffers);
    };
    const submitted = (works: readonly number[]): number => {
      submissions = 0;
      for (const work of works) runner.dispatch(program, [target], [4, { f: 1 }], 4, work);
      runner.submit();
      return submissions;
    };
    expect(submitted([0, 0, 0, 0])).toBe(1);
    expect(submitted([2 ** 40, 0, 2 ** 40])).toBe(2);
    expect(submitted([0, 2 ** 40])).toBe(1);
    expect(submitted(new Array<number>(8).fill(2 ** 25))).toBeLessThanOrEqual(4);
    queue.submit = submit;
    target.storage.dispose();
  });

  test('tfjs does not go on giving values that it read before a dispatch changed them', async () => {
    const x = tf.fill([4], 1);
    await x.data();
    runner.dispatch(runner.program(addOne), [x], [4, { f: 5 }], 4);
    expect(await x.data()).toEqual(Float32Array.of(6, 6, 6, 6));
    x.dispose();
  });
});

test('parameters of hundreds of recorded dispatches do not overwrite each other', async () => {
  const many = new WebgpuRunner(opened.device, opened.backend, 100_000);
  const program = many.program(addOne);
  const x = many.upload(new Float32Array(1100), [1100]);
  for (let index = 0; index < 1100; index++)
    many.dispatch(program, [{ ...x, shape: [index + 1] }], [index + 1, { f: 1 }], index + 1);
  const values = await many.read(x);
  expect(values[0]).toBe(1100);
  expect(values[549]).toBe(551);
  expect(values[1099]).toBe(1);
  x.storage.dispose();
  expect(errors).toEqual([]);
});

test('200,000 workgroups are folded into two dimensions', async () => {
  const count = 200_000;
  const x = runner.upload(new Float32Array(count), [count]);
  runner.dispatch(runner.program(addOne), [x], [count, { f: 3 }], count);
  expect((await runner.read(x)).every((value) => value === 3)).toBe(true);
  x.storage.dispose();
  expect(errors).toEqual([]);
});

test('reading and writing parts of one buffer, and parts that begin anywhere', async () => {
  const { storage } = runner.upload(numbers(400, 1), [400]);
  const expected = numbers(400, 1);
  const part = (offset: number) => ({ storage, offset, shape: [30] });
  for (const [to, from] of [
    [64, 128],
    [200, 77],
    [3, 300],
  ] as const) {
    runner.dispatch(runner.program(addUp), [part(to), part(from)], [], 30);
    for (let index = 0; index < 30; index++)
      expected[to + index] = Math.fround((expected[to + index] ?? 0) + (expected[from + index] ?? 0));
  }
  expect(await runner.read(storage)).toEqual(expected);
  expect(errors).toEqual([]);
  storage.dispose();
});

test('override constants make programs of their own; equal ones are shared', async () => {
  const doubled = runner.program({ ...addUp, constants: { factor: 2 } });
  expect(runner.program({ ...addUp, constants: { factor: 2 } })).toBe(doubled);
  expect(runner.program(addUp)).not.toBe(doubled);
  const [x, y] = [runner.upload(Float32Array.of(1), [1]), runner.upload(Float32Array.of(5), [1])];
  runner.dispatch(doubled, [x, y], [], 1);
  expect(await runner.read(x)).toEqual(Float32Array.of(11));
  tf.dispose([x.storage, y.storage]);
});

test('a shader that does not compile fails what is read next, once, and is not dispatched again', async () => {
  const program = runner.program({ name: 'broken', access: 'w', source: 'fn main() { nonsense }' });
  const x = runner.upload(new Float32Array(4), [4]);
  runner.dispatch(program, [x], [], 1);
  const failed = expect.objectContaining({
    code: 'kernel/failed',
    message: expect.stringContaining('broken') as string,
  }) as Error;
  await expect(runner.read(x)).rejects.toEqual(failed);
  // The command buffer was refused as a whole, the upload in it too; the next one is not.
  runner.dispatch(runner.program(addOne), [x], [4, { f: 1 }], 4);
  await runner.read(x);
  expect(() => runner.dispatch(program, [x], [], 1)).toThrow(failed);
  x.storage.dispose();
  expect(errors).toEqual([]);
});

test('bytes in use return to where they were', async () => {
  await runner.finish();
  const before = runner.bytesInUse;
  const x = runner.upload(new Float32Array(1000), [1000]);
  expect(runner.bytesInUse).toBe(before + 4000);
  x.storage.dispose();
  await runner.finish();
  expect(runner.bytesInUse).toBe(before);
  expect(runner.bytesAllocated).toBeGreaterThanOrEqual(before + 4000);
});
