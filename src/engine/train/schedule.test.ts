import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../recipe/schema';
import { learningRate, warmupSteps } from './schedule';

interface Case {
  lr_scheduler_type: Recipe['training']['lr_scheduler_type'];
  steps: number;
  warmup_steps: number;
  rates: number[];
}
const cases = JSON.parse(readFileSync(new URL('../fixtures/schedules.json', import.meta.url), 'utf8')) as Case[];

describe('rule 19: schedules as transformers', () => {
  test.each(cases)(
    '$lr_scheduler_type, $steps steps, $warmup_steps of warm-up',
    ({ lr_scheduler_type, steps, warmup_steps, rates }) => {
      const training = { learning_rate: 3e-3, lr_scheduler_type, warmup_steps, warmup_ratio: 0 };
      rates.forEach((rate, index) => expect(learningRate(training, index + 1, steps)).toBeCloseTo(rate, 12));
    },
  );

  test('warmup_steps wins over warmup_ratio, which is rounded up', () => {
    expect(warmupSteps({ warmup_steps: 0, warmup_ratio: 0.03 }, 34)).toBe(2);
    expect(warmupSteps({ warmup_steps: 7, warmup_ratio: 0.5 }, 34)).toBe(7);
  });
});
