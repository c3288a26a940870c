import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { numbers } from '../testing/harness';
import type { MatmulOptions } from '../kernels';
import { openWasm, type WasmDevice } from '../wasm';

/**
 * GFLOP/s of matmul at the shapes of the built-in model, best of many short runs (the machine may be shared): ours with one
 * thread and with all, plain and relaxed SIMD, and stock tfjs WASM in the same run. Fused multiply-add needs
 * `node --experimental-wasm-relaxed-simd --import tsx src/kernels/simd/matmul.bench.ts [milliseconds a shape]`.
 */
interface Shape {
  what: string;
  m: number;
  n: number;
  k: number;
  options: MatmulOptions;
}

const tokens = [256, 512];
const shapes: Shape[] = tokens.flatMap((m) => [
  { what: 'forward q, o', m, n: 256, k: 256, options: { transposeB: true } },
  { what: 'forward gate, up', m, n: 768, k: 256, options: { transposeB: true } },
  { what: 'forward down', m, n: 256, k: 768, options: { transposeB: true } },
  { what: 'backward gate, up', m, n: 256, k: 768, options: {} },
  { what: 'backward down', m, n: 768, k: 256, options: {} },
  { what: 'head', m: m / 4, n: 4096, k: 256, options: { transposeB: true } },
  { what: 'head backward', m: m / 4, n: 256, k: 4096, options: {} },
  { what: 'LoRA x·Aᵀ', m, n: 16, k: 256, options: { transposeB: true } },
  { what: 'LoRA x·Aᵀ down', m, n: 16, k: 768, options: { transposeB: true } },
  { what: 'LoRA (xA)·Bᵀ', m, n: 768, k: 16, options: { transposeB: true } },
  { what: 'LoRA dy·B', m, n: 16, k: 768, options: {} },
  { what: 'LoRA (dyB)·A', m, n: 256, k: 16, options: {} },
  { what: 'LoRA dB', m: 768, n: 16, k: m, options: { transposeA: true } },
  { what: 'LoRA dA', m: 16, n: 256, k: m, options: { transposeA: true } },
]);
shapes.push({ what: 'decode', m: 1, n: 768, k: 256, options: { transposeB: true } });
shapes.push({ what: 'decode head', m: 1, n: 4096, k: 256, options: { transposeB: true } });

const budgetMs = Number(process.argv[2] ?? 150);

/** Best rate over runs of about a millisecond each. */
function best(flops: number, work: () => void): number {
  work();
  let start = performance.now();
  work();
  const repeats = Math.max(1, Math.ceil(1 / Math.max(performance.now() - start, 1e-3)));
  let fastest = Infinity;
  const until = performance.now() + budgetMs;
  do {
    start = performance.now();
    for (let i = 0; i < repeats; i++) work();
    fastest = Math.min(fastest, (performance.now() - start) / repeats);
  } while (performance.now() < until);
  return flops / fastest / 1e6;
}

function ours({ kernels }: WasmDevice, { m, n, k, options }: Shape): number {
  const a = kernels.upload(numbers(m * k, 1), options.transposeA ? [k, m] : [m, k]);
  const b = kernels.upload(numbers(n * k, 2), options.transposeB ? [n, k] : [k, n]);
  // Adapters and activations change each step: only the weights of the base model are constant.
  if (m === 16 || n === 16 || k === 16) kernels.addInto(b, kernels.zeros(b.shape));
  const rate = best(2 * m * n * k, () => kernels.matmul(a, b, options).storage.dispose());
  a.storage.dispose();
  b.storage.dispose();
  return rate;
}

function stock({ m, n, k, options }: Shape): number {
  const [ta, tb] = [options.transposeA ?? false, options.transposeB ?? false];
  const a = tf.tensor2d(numbers(m * k, 1), ta ? [k, m] : [m, k]);
  const b = tf.tensor2d(numbers(n * k, 2), tb ? [n, k] : [k, n]);
  const rate = best(2 * m * n * k, () => tf.matMul(a, b, ta, tb).dispose());
  a.dispose();
  b.dispose();
  return rate;
}

await tf.setBackend('wasm');
const one = await openWasm({ threads: 1, activate: false });
const rounded = await openWasm({ threads: 1, relaxedSimd: false, activate: false });
const all = await openWasm({ threads: 2, activate: false });
console.log(`relaxed SIMD: ${one.relaxedSimd}; GFLOP/s, best of runs in ${budgetMs} ms`);
console.log(
  'shape'.padEnd(20),
  'm × n × k'.padEnd(17),
  ['stock', 'rounded', 'one', 'two'].map((t) => t.padStart(8)).join(''),
);
for (const shape of shapes) {
  const rates = [stock(shape), ours(rounded, shape), ours(one, shape), ours(all, shape)];
  console.log(
    shape.what.padEnd(20),
    `${shape.m} × ${shape.n} × ${shape.k}`.padEnd(17),
    rates.map((rate) => rate.toFixed(1).padStart(8)).join(''),
  );
}
for (const device of [one, rounded, all]) device.dispose();
