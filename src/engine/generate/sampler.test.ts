import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/random';
import { pickToken, tokenDistribution, type Sampling } from './sampler';

interface Case {
  settings: Sampling;
  logits: number[];
  history: number[];
  probabilities: number[];
}
const cases = JSON.parse(readFileSync(new URL('../fixtures/sampling.json', import.meta.url), 'utf8')) as Case[];

describe('sampling as transformers', () => {
  test.each(cases)('$settings', ({ settings, logits, history, probabilities }) => {
    const { ids, weights } = tokenDistribution(Float32Array.from(logits), history, settings);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const ours = new Array<number>(logits.length).fill(0);
    ids.forEach((id, index) => (ours[id] = (weights[index] ?? 0) / total));
    ours.forEach((probability, id) => expect(probability).toBeCloseTo(probabilities[id] ?? 0, 6));
  });

  test('draws in proportion, and the same for the same seed', () => {
    const settings = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1 };
    const draw = (seed: number) => {
      const random = new Random(seed);
      return Array.from({ length: 4000 }, () =>
        pickToken(Float32Array.of(0, Math.log(3), -Infinity), [], settings, random),
      );
    };
    const drawn = draw(4);
    expect(draw(4)).toEqual(drawn);
    expect(drawn.filter((id) => id === 1).length / drawn.length).toBeCloseTo(0.75, 1);
    expect(drawn).not.toContain(2);
  });

  test('greedy takes the lowest id on ties, after the penalty', () => {
    const greedy = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 2 };
    expect(pickToken(Float32Array.of(1, 3, 3, 2), [], greedy, new Random(0))).toBe(1);
    expect(pickToken(Float32Array.of(1, 3, 3, 2), [1, 2, 1], greedy, new Random(0))).toBe(3);
    expect(pickToken(Float32Array.of(-1, -1.5), [0], greedy, new Random(0))).toBe(1);
  });
});
