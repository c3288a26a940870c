import { expect, test } from 'vitest';
import type { Kernels, SampleOptions } from '../kernels';
import { type Harness, integers, numbers } from '../testing/harness';

const greedy: SampleOptions = { temperature: 0, topK: 0, topP: 1, minP: 0, repetitionPenalty: 1, seed: 0 };
const open: SampleOptions = { ...greedy, temperature: 1, seed: 7 };
const settings: Partial<SampleOptions>[] = [
  {},
  { topK: 1 },
  { topK: 5 },
  { topK: 50, topP: 0.9 },
  { topP: 0.35 },
  { topP: 0 },
  { minP: 0.05 },
  { minP: 1 },
  { temperature: 0.7, topK: 40, topP: 0.8, minP: 0.02, repetitionPenalty: 1.3 },
  { temperature: 1.9, topP: 0.95, repetitionPenalty: 0.8 },
  { temperature: 1e-3 },
  { temperature: 50, topK: 3000 },
];

/** `count` draws one after another from rows of `columns` logits; the text so far grows by each. */
async function draws(
  kernels: Kernels,
  rows: Float32Array,
  columns: number,
  options: SampleOptions,
): Promise<Float32Array[]> {
  const count = rows.length / columns;
  const marks = new Int32Array(Math.ceil(columns / 32));
  for (const id of integers(10, columns, 3)) marks[id >>> 5] = (marks[id >>> 5] ?? 0) | (1 << (id & 31));
  const state = {
    seen: kernels.upload(marks, [marks.length]),
    token: kernels.upload(Int32Array.of(-1), [1]),
    drawn: kernels.upload(new Int32Array(count).fill(-1), [count]),
  };
  for (let row = 0; row < count; row++)
    kernels.sample(kernels.upload(rows.slice(row * columns, (row + 1) * columns), [1, columns]), state, row, options);
  return Promise.all([kernels.read(state.drawn), kernels.read(state.token)]);
}

export function sampleContract(harness: Harness): void {
  const same = async (rows: Float32Array, columns: number, options: SampleOptions): Promise<void> => {
    const [expected, actual] = [
      await harness.expected((kernels) => draws(kernels, rows, columns, options)),
      await harness.run((kernels) => draws(kernels, rows, columns, options)),
    ];
    expect(actual, JSON.stringify({ columns, ...options })).toEqual(expected);
  };

  test.each([1, 40, 5003])('the very tokens of the rule, %i columns', async (columns) => {
    const rows = numbers(2 * columns, columns, 3);
    for (const setting of settings) await same(rows, columns, { ...open, ...setting, seed: columns });
  });

  test('a vocabulary of 151,936', async () => {
    const columns = 151_936;
    const few = numbers(5003, 1, 3);
    const rows = Float32Array.from({ length: columns }, (_, index) => (few[index % 5003] ?? 0) + index / columns);
    await same(rows, columns, { ...open, temperature: 0.7, topK: 20, topP: 0.8, repetitionPenalty: 1.05 });
  });

  test('greedy: the lowest id on ties, after the penalty', async () => {
    for (const repetitionPenalty of [1, 2])
      await same(
        Float32Array.from({ length: 5 * 130 }, (_, index) => 1 + (index % 13)),
        130,
        { ...greedy, repetitionPenalty },
      );
  });

  test('ties of top-k and top-p stay; −∞ and NaN are never drawn', async () => {
    const rows = Float32Array.from({ length: 8 * 20 }, (_, index) => Math.floor(((index * 7) % 20) / 5));
    await same(rows, 20, { ...open, topK: 2 });
    await same(rows, 20, { ...open, topP: 0.5 });
    const holes = rows.map((value, index) => (index % 4 === 0 ? -Infinity : index % 4 === 1 ? NaN : value));
    await same(holes, 20, open);
    await same(holes, 20, { ...open, topK: 15, topP: 0.9 });
    await same(holes, 20, greedy);
    await same(new Float32Array(40).fill(NaN), 20, open);
  });
}
