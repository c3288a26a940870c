import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { adamwContract } from '../adamw/contract';
import { adamw8bitContract } from '../adamw8bit/contract';
import { attentionContract, causalRanges } from '../attention/contract';
import { columnSumsContract } from '../columnSums/contract';
import { crossEntropyContract } from '../crossEntropy/contract';
import { doraContract } from '../dora/contract';
import { dropoutContract } from '../dropout/contract';
import { elementwiseContract } from '../elementwise/contract';
import type { Kernels } from '../kernels';
import { lionContract } from '../lion/contract';
import { matmulContract } from '../matmul/contract';
import { rmsNormContract } from '../rmsNorm/contract';
import { ropeContract } from '../rope/contract';
import { rowsContract } from '../rows/contract';
import { sampleContract } from '../sample/contract';
import { scatterAddContract } from '../scatterAdd/contract';
import { sgdContract } from '../sgd/contract';
import { sumSquaresContract } from '../sumSquares/contract';
import { swigluContract } from '../swiglu/contract';
import { weightsContract } from '../weights/contract';
import type { View } from '../runtime/view';
import { Harness, integers, numbers } from './harness';

const suites = {
  matmul: matmulContract,
  rows: rowsContract,
  weights: weightsContract,
  rmsNorm: rmsNormContract,
  rope: ropeContract,
  attention: attentionContract,
  swiglu: swigluContract,
  elementwise: elementwiseContract,
  dropout: dropoutContract,
  crossEntropy: crossEntropyContract,
  columnSums: columnSumsContract,
  scatterAdd: scatterAddContract,
  sumSquares: sumSquaresContract,
  adamw: adamwContract,
  sgd: sgdContract,
  lion: lionContract,
  adamw8bit: adamw8bitContract,
  dora: doraContract,
  sample: sampleContract,
};
type Operation = keyof typeof suites;

/**
 * What every implementation of {@link Kernels} must do, as one test body: each operation against plain tfjs ops on `cpu`, and
 * every gradient against finite differences. `makeKernels` must leave the implementation's tfjs backend active.
 * `operations`: those whose variants differ, for another tuning of an implementation that is tested in full elsewhere.
 */
export function kernelContract(
  name: string,
  makeKernels: () => Promise<Kernels>,
  operations: readonly Operation[] = Object.keys(suites) as Operation[],
): void {
  describe(`kernels: ${name}`, () => {
    const harness = new Harness();
    beforeAll(() => harness.start(makeKernels));
    for (const [operation, suite] of Object.entries(suites)) {
      if (operations.includes(operation as Operation)) describe(operation, () => suite(harness));
    }

    test('repeated calls leave tensors and bytes as they were', async () => {
      const memory = async (): Promise<[number, number]> => {
        await harness.kernels.finish();
        const now = tf.memory() as tf.MemoryInfo & { numBytesInGPU?: number };
        return [now.numTensors, now.numBytesInGPU ?? now.numBytes];
      };
      callEverything(harness.kernels);
      const before = await memory();
      for (let round = 0; round < 3; round++) callEverything(harness.kernels);
      expect(await memory()).toEqual(before);
    });
  });
}

/** One call of each operation, freeing all it made. */
function callEverything(kernels: Kernels): void {
  tf.tidy(() => {
    const [rows, width] = [12, 16];
    const x = kernels.upload(numbers(rows * width, 1), [rows, width]);
    const weight = kernels.upload(numbers(width, 2), [width]);
    const { keyRange, queryRange } = causalRanges([5, 7]);
    const keys = kernels.upload(keyRange, [rows, 2]);
    const queries = kernels.upload(queryRange, [rows, 2]);
    const positions = kernels.upload(integers(rows, 4, 3), [rows]);
    const table = kernels.upload(numbers(16, 4), [4, 4]);
    const { y, h, rstd } = kernels.rmsNorm(x, weight, 1e-6, x);
    kernels.rmsNormBackward(y, h, weight, rstd, x);
    kernels.rope(y, table, table, positions, 8);
    const shape = { heads: 2, kvHeads: 2, headSize: 8, scale: 0.3 };
    const { o, lse } = kernels.attention(x, y, h, keys, shape);
    kernels.attentionBackward(x, { q: x, k: y, v: h, o, lse }, keys, queries, shape);
    kernels.swigluBackward(x, kernels.swiglu(x, o), o);
    const product = kernels.matmul(x, y, { transposeB: true });
    kernels.matmul(x, y, { transposeA: true });
    kernels.matmul(product, x, { out: o, accumulate: true, bias: weight });
    kernels.scatterRows(kernels.gatherRows(table, positions), positions, 20);
    kernels.addInto(o, kernels.add(x, kernels.dropout(x, 0.5, 1)));
    const state = kernels.crossEntropyStart(rows);
    kernels.crossEntropy(x, positions, 0, state);
    kernels.crossEntropyBackward(x, positions, 0, state, 1);
    kernels.addColumnSums(weight, x);
    kernels.addNormWeightGradient(weight, y, h, rstd);
    kernels.scatterAddRows(y, x, positions, kernels.upload(Int32Array.of(1, 0, 5, 0, 5, 12), [2, 3]));
    const sum = kernels.sumSquares(x);
    const options = { learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0, maxNorm: 1, step: 1 };
    kernels.adamw(y, x, h, o, sum, options);
    kernels.sgd(y, x, sum, options);
    kernels.lion(y, x, h, sum, options);
    const sampling = { temperature: 1, topK: 3, topP: 0.9, minP: 0.1, repetitionPenalty: 1.1, seed: 1 };
    const one = (): View => kernels.upload(Int32Array.of(0), [1]);
    kernels.sample(sum, { seen: one(), token: one(), drawn: one() }, 0, sampling);
    kernels.doraNorms({ squares: sum, b: sum, wa: sum, bg: sum, m: sum }, 1, kernels.zeros([1]), kernels.zeros([1]));
    kernels.columnDots(weight, x, kernels.scaleColumns(x, weight, { bias: weight, less: 1 }), weight);
    kernels.rowSquares(x);
    const codes = kernels.upload(new Int32Array(128), [128]);
    kernels.adamw8bit(y, x, { codes, scales: kernels.zeros([2]), maps: kernels.zeros([1024]) }, sum, options);
    kernels.copy(x, y);
    kernels.fill(x, 0);
    kernels.zeros([7]);
  });
}
