import { expect, test } from 'vitest';
import { expandWgsl } from './wgslTemplate';

const lines = (...text: string[]): string => text.join('\n');

test('loops nest and replace their letters', () => {
  const source = lines('//:for i 2', '//:for j N', 'let a$i_$j = $N;', '//:end', '//:end');
  expect(expandWgsl(source, { N: 2 })).toBe(lines('let a0_0 = 2;', 'let a0_1 = 2;', 'let a1_0 = 2;', 'let a1_1 = 2;'));
});

test('conditions choose lines, also negated and inside loops', () => {
  const source = lines('//:if A', 'a', '//:else', '//:for i 1', 'b$i', '//:end', '//:end', '//:if !A', 'c', '//:end');
  expect(expandWgsl(source, { A: 1 })).toBe('a');
  expect(expandWgsl(source, { A: 0 })).toBe(lines('b0', 'c'));
});

test('names the line of a missing value and of an open block', () => {
  expect(() => expandWgsl(lines('x', '$WIDTH'), {})).toThrow('line 2: no value for WIDTH');
  expect(() => expandWgsl('//:for i 2', {})).toThrow('without //:end');
});
