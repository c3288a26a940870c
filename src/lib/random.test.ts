import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Random } from './random';

test('PCG32 as published: the first numbers of pcg32-demo (seed 42, stream 54)', () => {
  const random = new Random(42, 54);
  const first = Array.from({ length: 6 }, () => random.uint32());
  expect(first).toEqual([0xa15c02b7, 0x7b47f409, 0xba1d3330, 0x83d2f293, 0xbfa4784b, 0xcbed606e]);
});

test('the recurrence in 64 bits, for any seed, stream and state', () => {
  const mask = (1n << 64n) - 1n;
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(), fc.bigInt(0n, mask), (seed, stream, state) => {
      const { increment } = new Random(seed, stream).state;
      for (const random of [new Random(seed, stream), Random.fromState({ state: String(state), increment })])
        for (let turn = 0; turn < 3; turn++) {
          const old = BigInt(random.state.state);
          const mixed = Number((((old >> 18n) ^ old) >> 27n) & 0xffffffffn);
          const rotation = Number(old >> 59n);
          expect(random.uint32()).toBe(((mixed >>> rotation) | (mixed << (-rotation & 31))) >>> 0);
          expect(BigInt(random.state.state)).toBe((old * 6364136223846793005n + BigInt(increment)) & mask);
        }
    }),
  );
});

test('a saved state goes on with the same numbers', () => {
  const random = new Random(-3, 7);
  random.uint32();
  const copy = Random.fromState(random.state);
  expect([copy.uniform(), copy.below(10), copy.permutation(9)]).toEqual([
    random.uniform(),
    random.below(10),
    random.permutation(9),
  ]);
});
