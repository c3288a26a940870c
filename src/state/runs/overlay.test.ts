import { expect, test } from 'vitest';
import { overlayColumns, overlayLine } from './overlay';

const short = {
  steps: [1, 2, 3],
  smoothed: [3, 2, 1],
  tokens: [10, 20, 5],
  evals: [
    { step: 0, loss: 4 },
    { step: 3, loss: 1.5 },
  ],
};

test('a line by steps, and by tokens read so far; what was measured before the first step stands at 0', () => {
  expect(overlayLine(short, 'steps')).toEqual({ x: [1, 2, 3], loss: [3, 2, 1], evalX: [0, 3], evalLoss: [4, 1.5] });
  expect(overlayLine(short, 'tokens')).toEqual({
    x: [10, 30, 35],
    loss: [3, 2, 1],
    evalX: [0, 35],
    evalLoss: [4, 1.5],
  });
});

test('where only some steps were reported, validation points of the others stand between them', () => {
  const sparse = {
    steps: [2, 4],
    smoothed: [3, 2],
    tokens: [10, 20],
    evals: [
      { step: 3, loss: 1 },
      { step: 5, loss: 0.5 },
    ],
  };
  expect(overlayLine(sparse, 'steps')).toMatchObject({ x: [2, 4], evalX: [3, 5], evalLoss: [1, 0.5] });
  expect(overlayLine(sparse, 'tokens')).toMatchObject({ x: [20, 60], evalX: [40, 60] });
});

test('a long line is thinned evenly; its last step and its validation points stay', () => {
  const steps = Float64Array.from({ length: 100_000 }, (_, index) => index + 1);
  const line = overlayLine({ steps, smoothed: steps, tokens: steps, evals: [{ step: 777, loss: 2 }] }, 'steps');
  expect(line.x.length).toBeLessThanOrEqual(601);
  expect(line.x.at(-1)).toBe(100_000);
  expect(line.evalX).toEqual([777]);
});

test('columns share one ascending axis', () => {
  const other = { steps: [2, 4], smoothed: [9, NaN], tokens: [1, 1], evals: [{ step: 4, loss: 7 }] };
  expect(overlayColumns([overlayLine(short, 'steps'), overlayLine(other, 'steps')])).toEqual([
    [0, 1, 2, 3, 4],
    [null, 3, 2, 1, null],
    [4, null, null, 1.5, null],
    [null, null, 9, null, null],
    [null, null, null, null, 7],
  ]);
  expect(overlayColumns([])).toEqual([[]]);
});
