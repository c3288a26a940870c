import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { SampleOptions } from '../kernels';
import { markSeen, sampleRow, sampleTerms, sampleWeights } from './rule';

interface Case {
  settings: { temperature: number; top_k: number; top_p: number; min_p: number; repetition_penalty: number };
  logits: number[];
  history: number[];
  probabilities: number[];
}
const file = new URL('../../engine/fixtures/sampling.json', import.meta.url);
const cases = JSON.parse(readFileSync(file, 'utf8')) as Case[];

const open: SampleOptions = { temperature: 1, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
const seenOf = (history: readonly number[]): Int32Array => {
  const seen = new Int32Array(2);
  for (const id of history) markSeen(seen, id);
  return seen;
};

describe('sampling', () => {
  test.each(cases)('probabilities of transformers: $settings', ({ settings, logits, history, probabilities }) => {
    const { temperature, top_k: topK, top_p: topP, min_p: minP, repetition_penalty: repetitionPenalty } = settings;
    const terms = sampleTerms({ temperature, topK, topP, minP, repetitionPenalty, seed: 0 }, logits.length, 0);
    const weights = sampleWeights(Float32Array.from(logits), seenOf(history), terms);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, id) => expect(weight / total).toBeCloseTo(probabilities[id] ?? 0, 6));
  });

  test('draws in proportion, and the same for the same seed', () => {
    const logits = Float32Array.of(0, Math.log(3), -Infinity, Math.log(6));
    const draw = (seed: number) =>
      Array.from({ length: 4000 }, (_, index) =>
        sampleRow(logits.slice(), new Int32Array(1), sampleTerms({ ...open, seed }, 4, index)),
      );
    const drawn = draw(4);
    expect(draw(4)).toEqual(drawn);
    expect(draw(5)).not.toEqual(drawn);
    const share = (id: number): number => drawn.filter((other) => other === id).length / drawn.length;
    // Four standard deviations of a share of 4,000 draws are under 0.031.
    [0.1, 0.3, 0, 0.6].forEach((wanted, id) => expect(Math.abs(share(id) - wanted)).toBeLessThan(0.031));
    expect(share(2)).toBe(0);
  });

  test('greedy takes the lowest id on ties, after the penalty', () => {
    const greedy = (logits: number[], history: number[]): number => {
      const options = { ...open, temperature: 0, repetitionPenalty: 2 };
      return sampleRow(Float32Array.from(logits), seenOf(history), sampleTerms(options, logits.length, 0));
    };
    expect(greedy([1, 3, 3, 2], [])).toBe(1);
    expect(greedy([1, 3, 3, 2], [1, 2, 1])).toBe(3);
    expect(greedy([-1, -1.5], [0])).toBe(1);
  });
});
