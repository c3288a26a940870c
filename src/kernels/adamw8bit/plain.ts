import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from '../kernels';
import { replace, tensorOf, tidy } from '../runtime/plainStorage';
import { blockSize } from './dynamicMap';

/** In JavaScript, from the values: stock tfjs has no ops for codes. Every product and sum is rounded to f32. */
export const adamw8bit: Kernels['adamw8bit'] = (p, g, { codes, scales, maps }, sumSq, options) => {
  const { learningRate, beta1, beta2, epsilon, weightDecay, maxNorm, step } = options;
  tidy(() => {
    const numbersOf = (operand: Parameters<typeof tensorOf>[0]): Float32Array =>
      Float32Array.from(tensorOf(operand).dataSync<'float32'>());
    const [value, gradient, scale, map] = [numbersOf(p), numbersOf(g), numbersOf(scales), numbersOf(maps)];
    const words = Int32Array.from(tensorOf(codes).dataSync<'int32'>());
    const bytes = new Uint8Array(words.buffer);
    const norm = Math.sqrt(numbersOf(sumSq)[0] ?? 0);
    const clip = maxNorm > 0 ? Math.min(1, maxNorm / (norm + 1e-6)) : 1;
    const rate = learningRate / (1 - beta1 ** step);
    const root = 1 / Math.sqrt(1 - beta2 ** step);
    const blocks = Math.ceil(value.length / blockSize);
    const ofV = blocks * blockSize;
    const codeOf = (x: number, borders: number): number => {
      let code = 0;
      for (let half = 128; half >= 1; half /= 2) if (x > (map[borders + code + half - 1] ?? 0)) code += half;
      return code;
    };
    for (let block = 0; block < blocks; block++) {
      const first = block * blockSize;
      const count = Math.min(blockSize, value.length - first);
      const [scaleM = 0, scaleV = 0] = [scale[block], scale[blocks + block]];
      const [m, v] = [new Float32Array(count), new Float32Array(count)];
      let [mostM, mostV] = [0, 0];
      for (let index = 0; index < count; index++) {
        const i = first + index;
        const step = (gradient[i] ?? 0) * clip;
        const mean = (map[bytes[i] ?? 0] ?? 0) * scaleM;
        const square = (map[512 + (bytes[ofV + i] ?? 0)] ?? 0) * scaleV;
        const nextM = (m[index] = Math.fround(beta1 * mean + (1 - beta1) * step));
        const nextV = (v[index] = Math.fround(beta2 * square + (1 - beta2) * step * step));
        value[i] =
          (value[i] ?? 0) * (1 - learningRate * weightDecay) - (rate * nextM) / (Math.sqrt(nextV) * root + epsilon);
        [mostM, mostV] = [Math.max(mostM, Math.abs(nextM)), Math.max(mostV, nextV)];
      }
      for (let index = 0; index < count; index++) {
        bytes[first + index] = codeOf(mostM > 0 ? (m[index] ?? 0) / mostM : 0, 256);
        bytes[ofV + first + index] = codeOf(mostV > 0 ? (v[index] ?? 0) / mostV : 0, 768);
      }
      [scale[block], scale[blocks + block]] = [mostM, mostV];
    }
    replace(p, tf.tensor1d(value));
    replace(scales, tf.tensor1d(scale));
    replace(codes, tf.tensor1d(words, 'int32'));
  });
};
