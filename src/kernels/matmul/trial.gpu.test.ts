import { afterAll, beforeAll, expect, test } from 'vitest';
import { openWebgpuDevice, type WebgpuDevice } from '../runtime/webgpuDevice';
import { WebgpuRunner } from '../runtime/webgpuRunner';
import { tuningOf, type Tuning } from '../runtime/webgpuTuning';
import { expectClose, numbers } from '../testing/harness';
import { createWebgpuKernels } from '../webgpu';
import { everywhere, isChoices, tryProducts } from './trial';

let opened: WebgpuDevice;
let runner: WebgpuRunner;
let silicon: Tuning;
const errors: string[] = [];

beforeAll(async () => {
  opened = await openWebgpuDevice({ onLost: () => errors.push('lost'), onError: (message) => errors.push(message) });
  runner = new WebgpuRunner(opened.device, opened.backend);
  // As a GPU in silicon is seen, wherever the test runs.
  silicon = { ...tuningOf(opened.device), software: false, quads: false };
});
afterAll(() => {
  opened.close();
  expect(errors).toEqual([]);
});

test('a trial chooses a variant for every class, and leaves nothing on the device', async () => {
  const before = runner.bytesInUse;
  const choices = await tryProducts(runner, silicon, { side: 64, rows: [32, 32, 32], budgetMs: 60_000 });
  expect(Object.keys(choices).sort()).toEqual(Object.keys(everywhere('tile')).sort());
  expect(isChoices(choices)).toBe(true);
  expect(isChoices({ 'NT f32 7': 'tile' })).toBe(false);
  expect(isChoices({ 'NT f32 512': 'quad' })).toBe(false);
  await runner.finish();
  expect(runner.bytesInUse).toBe(before);
});

test('without time all take the register variant; software is not asked', async () => {
  expect(await tryProducts(runner, silicon, { budgetMs: -1 })).toEqual(everywhere('register'));
  expect(await tryProducts(runner, { ...silicon, software: true })).toEqual({});
});

test('the same choices give the same bits, also by another set of kernels; other choices the same numbers', async () => {
  const product = async (products: Tuning['products']): Promise<Float32Array[]> => {
    const kernels = createWebgpuKernels(runner, { ...silicon, products });
    const weight = kernels.createWeight('f16', [96, 600]);
    kernels.writeWeight(weight, 0, numbers(96 * 600, 2));
    const x = kernels.upload(numbers(70 * 600, 1), [70, 600]);
    const dy = kernels.upload(numbers(70 * 96, 3), [70, 96]);
    // k in two parts, whose sums are added.
    const y = kernels.matmul(x, weight, { transposeB: true });
    const dx = kernels.matmul(dy, weight, { alpha: 0.5 });
    const dw = kernels.upload(numbers(96 * 600, 4), [96, 600]);
    kernels.matmul(dy, x, { transposeA: true, out: dw, accumulate: true });
    const results = [];
    for (const view of [y, dx, dw]) results.push(await kernels.read(view));
    kernels.disposeWeight(weight);
    for (const { storage } of [x, dy, y, dx, dw]) storage.dispose();
    return results;
  };
  const tiles = await product(everywhere('tile'));
  expect(await product(everywhere('tile'))).toEqual(tiles);
  const registers = await product(everywhere('register'));
  registers.forEach((values, which) => expectClose(values, tiles[which] as Float32Array, 1e-5, `product ${which}`));
});
