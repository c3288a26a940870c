import type { RopeConfig } from './modelConfig';

/** Rounds as PyTorch does: its tables are made in f32. */
const f32 = Math.fround;

/** 1/θ^(2j/K) for j < K/2, with Llama 3.1's scaling where the model has it (transformers modeling_rope_utils). */
export function inverseFrequencies(rope: RopeConfig, headSize: number): Float32Array {
  const frequencies = new Float32Array(headSize / 2);
  for (let j = 0; j < frequencies.length; j++) {
    let frequency = f32(1 / f32(rope.theta ** f32((2 * j) / headSize)));
    if (rope.llama3) {
      const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = rope.llama3;
      const wavelength = (2 * Math.PI) / frequency;
      if (wavelength > originalMaxPositions / lowFreqFactor) frequency /= factor;
      else if (wavelength >= originalMaxPositions / highFreqFactor) {
        const smooth = (originalMaxPositions / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
        frequency = ((1 - smooth) * frequency) / factor + smooth * frequency;
      }
    }
    frequencies[j] = frequency;
  }
  return frequencies;
}

/** Cosine and sine of position × frequency, from position `first` on: two tables [positions, K/2]. */
export function ropeTables(
  rope: RopeConfig,
  headSize: number,
  positions: number,
  first = 0,
): { cos: Float32Array; sin: Float32Array } {
  const frequencies = inverseFrequencies(rope, headSize);
  const half = frequencies.length;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let position = 0; position < positions; position++)
    for (let j = 0; j < half; j++) {
      const angle = f32((first + position) * (frequencies[j] ?? 0));
      cos[position * half + j] = Math.cos(angle);
      sin[position * half + j] = Math.sin(angle);
    }
  return { cos, sin };
}
