import { describe, expect, test } from 'vitest';
import { Random } from '../../lib/random';
import { numbers } from '../testing/harness';
import { halfOf, halfValue } from './half';
import { groupColumns, partRows, rowScales, rowWords, weightBytes } from './layout';
import { packRows, unpackRows } from './quantize';

const bitsOf = (value: number): number => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;

describe('f16', () => {
  // The definition, written otherwise: from its fields, as Python's struct and numpy read it.
  const values = Float64Array.from({ length: 0x7c00 }, (_, half) => {
    const exponent = half >> 10;
    return exponent === 0 ? (half / 1024) * 2 ** -14 : (1 + (half & 1023) / 1024) * 2 ** (exponent - 15);
  });

  test('every finite half reads back as itself', () => {
    expect([halfValue(0x3c00), halfValue(0x7bff), halfValue(1), halfValue(0xc000)]).toEqual([1, 65504, 2 ** -24, -2]);
    for (let half = 0; half < 0x7c00; half++) {
      if (halfValue(half) !== values[half]) expect.fail(`${half}: ${halfValue(half)}`);
      if (halfOf(bitsOf(values[half] ?? 0)) !== half) expect.fail(`${half}: ${halfOf(bitsOf(values[half] ?? 0))}`);
      if (halfOf(bitsOf(-(values[half] ?? 0))) !== (half | 0x8000)) expect.fail(`-${half}`);
    }
  });

  test('between two halves the nearer, at the middle the even one, subnormals included', () => {
    const single = new Float32Array(1);
    const bits = new Uint32Array(single.buffer);
    for (let half = 0; half + 1 < 0x7c00; half++) {
      // Exact in f32: a half has 11 bits.
      single[0] = ((values[half] ?? 0) + (values[half + 1] ?? 0)) / 2;
      const middle = bits[0] ?? 0;
      const wanted = [half, half % 2 === 0 ? half : half + 1, half + 1];
      const got = [middle - 1, middle, middle + 1].map(halfOf);
      if (got.join() !== wanted.join()) expect.fail(`${half}: got ${got.join()}, expected ${wanted.join()}`);
    }
  });

  test('never an infinity or NaN from a finite single', () => {
    expect([65504, 65519.996, 65520, 1e6, 3.4e38].map((value) => halfOf(bitsOf(value)))).toEqual(Array(5).fill(0x7bff));
    expect(halfOf(bitsOf(-1e30))).toBe(0xfbff);
    expect([0, 2 ** -26, 2 ** -25, -(2 ** -25), 1.4e-45].map((value) => halfOf(bitsOf(value)))).toEqual([
      0, 0, 0, 0x8000, 0,
    ]);
    const random = new Random(5);
    for (let count = 0; count < 200_000; count++) {
      const single = random.below(2 ** 32);
      if ((single & 0x7f800000) !== 0x7f800000 && (halfOf(single) & 0x7c00) === 0x7c00)
        expect.fail(single.toString(16));
    }
  });
});

describe('packed rows', () => {
  const columns = 150;
  const values = numbers(20 * columns, 1);
  const back = (format: 'f16' | 'int8' | 'int4', from: Float32Array): Float32Array =>
    unpackRows(format, packRows(format, from, columns), columns);
  const rootMeanSquare = (x: Float32Array): number =>
    Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / x.length);

  test.each([
    ['int8', 64],
    ['int4', 32],
  ] as const)('%s: a value is at most half a step off, unless it is clamped', (format, width) => {
    const packed = packRows(format, values, columns);
    const read = unpackRows(format, packed, columns);
    const groups = rowScales(format, columns);
    let clamped = 0;
    for (let index = 0; index < values.length; index++) {
      const [row, column] = [Math.floor(index / columns), index % columns];
      const scale = Math.abs(packed.scales?.[row * groups + Math.floor(column / width)] ?? 0);
      const [value = 0, got = 0] = [values[index], read[index]];
      const steps = Math.abs(value - got) / scale;
      if (steps <= 0.5001) continue;
      expect(format).toBe('int4');
      expect([7, 8]).toContain(Math.round(Math.abs(got) / scale));
      expect(steps).toBeLessThan(2);
      clamped++;
    }
    expect(clamped).toBeLessThan(values.length / 20);
  });

  test('what rounding loses of normal values: f16 < 0.03 %, int8 < 1 %, int4 < 8.5 % (NF4 by 64: 9.2 %)', () => {
    const lost = (format: 'f16' | 'int8' | 'int4'): number =>
      rootMeanSquare(back(format, values).map((value, index) => value - (values[index] ?? 0))) / rootMeanSquare(values);
    expect(lost('f16')).toBeLessThan(3e-4);
    expect(lost('int8')).toBeLessThan(1e-2);
    expect(lost('int4')).toBeLessThan(8.5e-2);
  });

  test('zeros, tiny and huge values stay finite; what is packed twice keeps its bits', () => {
    for (const scale of [0, 1e-45, 1e-38, 1e-20, 1, 1e4, 1e30]) {
      const scaled = values.map((value) => value * scale);
      for (const format of ['f16', 'int8', 'int4'] as const) {
        const read = back(format, scaled);
        expect(read.every(Number.isFinite)).toBe(true);
        if (scale === 0) expect(read.every((value) => value === 0)).toBe(true);
        if (format === 'f16') expect(back('f16', read)).toEqual(read);
      }
    }
  });

  test('the layout: words of a row, scales of a row, bytes', () => {
    expect(groupColumns).toEqual({ f32: 0, f16: 0, int8: 64, int4: 32 });
    expect((['f32', 'f16', 'int8', 'int4'] as const).map((format) => rowWords(format, columns))).toEqual([
      150, 75, 38, 19,
    ]);
    expect((['f32', 'f16', 'int8', 'int4'] as const).map((format) => rowScales(format, columns))).toEqual([0, 0, 3, 5]);
    expect(weightBytes('int4', [10, 64])).toBe(10 * (32 + 8));
    const { values: words } = packRows('f16', Float32Array.of(1, -2, 0.5), 3);
    expect([...words]).toEqual([0xc000_3c00 | 0, 0x3800]);
    const bytes = packRows('int8', Float32Array.of(127, -127, 3, -1, 64), 5);
    expect([[...bytes.values], [...(bytes.scales ?? [])]]).toEqual([[0xff03817f | 0, 64], [1]]);
    const nibbles = packRows('int4', Float32Array.of(-8, 7, 0, 1, 2, 3, -4, 5, 6), 9);
    expect([[...nibbles.values], [...(nibbles.scales ?? [])]]).toEqual([[0xd4ba98f0 | 0, 14], [1]]);
  });

  test('parts end between blocks of 8,192 rows, or of 64 where those do not fit', () => {
    expect(partRows('f32', [151_936, 896], 2 ** 30)).toEqual([151_936]);
    const parts = partRows('f32', [151_936, 896], 2 ** 27);
    expect(parts).toEqual([32_768, 32_768, 32_768, 32_768, 20_864]);
    expect(partRows('f16', [151_936, 896], 2 ** 27)).toEqual([73_728, 73_728, 4480]);
    expect(partRows('f32', [4096, 11_008], 2 ** 27)).toEqual([3008, 1088]);
    expect(partRows('f32', [0, 4], 2 ** 27)).toEqual([]);
  });
});
