import { dropoutHash } from '../../kernels/runtime/dropoutHash';
import type { Batch } from '../batch/buildBatch';

// N tokens of a batch, L tokens of one row, D model width.

/** Noise of one micro-batch: NEFTune's α, and the seed that every number follows from. */
export interface NoiseSettings {
  alpha: number;
  seed: number;
}

/**
 * NEFTune (Jain et al. 2023), training only: noise [N, D] for the input embeddings, uniform in ±α/√(L·D). A pure function of
 * seed and place in the batch, as dropout's mask is: the same when resumed, with checkpointing, and on every backend. The
 * embedding is frozen, so no gradient passes through.
 *
 * L is the length of each row by itself. transformers' hook takes the second size of what the embedding gives: for one row a
 * batch that is the same number; in a padded batch it is the longest row's length, so shorter rows get less noise there than
 * here, and in a padding-free or packed batch it is the length of all samples together. Here a row's noise has one size,
 * whatever stands beside it. Tokens that only fill the bucket get none.
 *
 * Made in JavaScript, once a micro-batch: 13 to 22 ms for 2,048 tokens of width 896 on a busy server of two cores.
 */
export function embeddingNoise(
  { size, tokens, keyRange, queryRange }: Batch,
  width: number,
  { alpha, seed }: NoiseSettings,
): Float32Array {
  const noise = new Float32Array(size * width);
  for (let token = 0; token < tokens; token++) {
    const length = (queryRange[2 * token + 1] ?? 0) - (keyRange[2 * token] ?? 0);
    const bound = alpha / Math.sqrt(length * width);
    const end = (token + 1) * width;
    // 24 bits of the hash: every multiple of 2⁻²³ in [−1, 1), exact in f32.
    for (let index = token * width; index < end; index++)
      noise[index] = ((dropoutHash(seed, index) >>> 8) / 2 ** 23 - 1) * bound;
  }
  return noise;
}
