import { test } from 'vitest';
import type { AttentionShape, Kernels } from '../kernels';
import { type Harness, numbers, partOf } from '../testing/harness';

/** Ranges of a causal, block-diagonal batch: rows of lengths `lengths` laid end to end; keyRange of rows, queryRange of keys. */
export function causalRanges(lengths: readonly number[]): { keyRange: Int32Array; queryRange: Int32Array } {
  const key: number[] = [];
  const query: number[] = [];
  let start = 0;
  for (const length of lengths) {
    for (let t = start; t < start + length; t++) {
      key.push(start, t + 1);
      query.push(t, start + length);
    }
    start += length;
  }
  return { keyRange: Int32Array.from(key), queryRange: Int32Array.from(query) };
}

interface Case {
  name: string;
  shape: AttentionShape;
  queries: number;
  keys: number;
  keyRange: Int32Array;
  queryRange: Int32Array;
}

const shapeOf = (heads: number, kvHeads: number, headSize: number): AttentionShape => ({
  heads,
  kvHeads,
  headSize,
  scale: 1 / Math.sqrt(headSize),
});

function causal(name: string, shape: AttentionShape, lengths: readonly number[]): Case {
  const count = lengths.reduce((sum, length) => sum + length, 0);
  return { name, shape, queries: count, keys: count, ...causalRanges(lengths) };
}

/** Every key may be seen by every query: the widest superset. */
const anyQuery = (keys: number, queries: number): Int32Array =>
  Int32Array.from({ length: 2 * keys }, (_, index) => (index % 2 ? queries : 0));

const cases: Case[] = [
  causal('one token', shapeOf(1, 1, 4), [1]),
  causal('1:1 heads, odd head size', shapeOf(2, 2, 5), [7]),
  causal('3:1 heads, block-diagonal', shapeOf(3, 1, 8), [5, 1, 9]),
  causal('4:1 heads', shapeOf(8, 2, 16), [13, 20]),
  causal('2:1 heads of 64', shapeOf(4, 2, 64), [33, 40]),
  causal('longer than one group of rows', shapeOf(2, 1, 12), [70]),
  causal('heads of 128', shapeOf(1, 1, 128), [19]),
  {
    name: 'a cache: 3 new queries on 20 keys',
    shape: shapeOf(4, 2, 8),
    queries: 3,
    keys: 20,
    keyRange: Int32Array.from([0, 18, 0, 19, 0, 20]),
    queryRange: anyQuery(20, 3),
  },
  {
    name: 'one query on 150 keys',
    shape: shapeOf(4, 2, 32),
    queries: 1,
    keys: 150,
    keyRange: Int32Array.from([0, 147]),
    queryRange: anyQuery(150, 1),
  },
  {
    name: 'empty ranges, windows, keys nobody sees',
    shape: shapeOf(2, 1, 8),
    queries: 5,
    keys: 9,
    keyRange: Int32Array.from([0, 0, 2, 5, 4, 4, 3, 8, 1, 2]),
    queryRange: anyQuery(9, 5),
  },
];

function upload(kernels: Kernels, { shape, queries, keys, keyRange, queryRange }: Case, place: 'own' | 'part') {
  const { heads, kvHeads, headSize } = shape;
  const put = (rows: number, width: number, seed: number) => {
    const values = numbers(rows * width, seed);
    return place === 'own' ? kernels.upload(values, [rows, width]) : partOf(kernels, values, [rows, width], 64 * seed);
  };
  return {
    q: put(queries, heads * headSize, 1),
    k: put(keys, kvHeads * headSize, 2),
    v: put(keys, kvHeads * headSize, 3),
    dO: put(queries, heads * headSize, 4),
    keyRange: kernels.upload(keyRange, [queries, 2]),
    queryRange: kernels.upload(queryRange, [keys, 2]),
  };
}

export function attentionContract(harness: Harness): void {
  for (const each of cases)
    test(`forward and backward: ${each.name}`, async () => {
      for (const place of ['own', 'part'] as const)
        await harness.same(async (kernels) => {
          const { q, k, v, dO, keyRange, queryRange } = upload(kernels, each, place);
          const { o, lse } = kernels.attention(q, k, v, keyRange, each.shape);
          const forward = { q, k, v, o, lse };
          const { dq, dk, dv } = kernels.attentionBackward(dO, forward, keyRange, queryRange, each.shape);
          return Promise.all([o, lse, dq, dk, dv].map((result) => kernels.read(result)));
        }, 2e-5);
    });

  test('large scores do not overflow', () =>
    harness.same(async (kernels) => {
      const each = cases[3] as Case;
      const { q, k, v, keyRange } = upload(kernels, each, 'own');
      const shape = { ...each.shape, scale: 40 };
      const { o, lse } = kernels.attention(q, k, v, keyRange, shape);
      return [await kernels.read(o), await kernels.read(lse)];
    }, 1e-4));

  const shape = shapeOf(4, 2, 6);
  const { keyRange, queryRange } = causalRanges([3, 4]);
  const views = (kernels: Kernels, [q, k, v]: readonly Float32Array[]) => ({
    q: kernels.upload(q as Float32Array, [7, 24]),
    k: kernels.upload(k as Float32Array, [7, 12]),
    v: kernels.upload(v as Float32Array, [7, 12]),
    ranges: kernels.upload(keyRange, [7, 2]),
  });
  test('gradients to q, k and v', () =>
    harness.slopes(
      [numbers(7 * 24, 1), numbers(7 * 12, 2), numbers(7 * 12, 3)],
      async (kernels, values) => {
        const { q, k, v, ranges } = views(kernels, values);
        return kernels.read(kernels.attention(q, k, v, ranges, shape).o);
      },
      async (kernels, values, weights) => {
        const { q, k, v, ranges } = views(kernels, values);
        const forward = { q, k, v, ...kernels.attention(q, k, v, ranges, shape) };
        const dO = kernels.upload(weights, [7, 24]);
        const seen = kernels.upload(queryRange, [7, 2]);
        const { dq, dk, dv } = kernels.attentionBackward(dO, forward, ranges, seen, shape);
        return Promise.all([dq, dk, dv].map((result) => kernels.read(result)));
      },
    ));
}
