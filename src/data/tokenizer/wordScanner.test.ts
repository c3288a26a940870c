import { SplitPreTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scannerOf, scanDigits, type Scanner } from './wordScanner';

type SplitConfig = ConstructorParameters<typeof SplitPreTokenizer>[0];

const modern = (digits: string): string =>
  String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}${digits}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;
const patterns = {
  Qwen: modern(''),
  'Llama 3': modern('{1,3}'),
  'two digits': modern('{1,2}'),
  'GPT-2': String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
};

// One character of each kind that the patterns tell apart, astral ones included, and any code point at all.
const telling = fc.constantFrom(
  ..."aZſK1٣½'’ \u00a0\u3000\t\n\r\u0085\u2028\u200b\ufeff.!-_日é\u0301👍\u200d",
  ...['𝔘', '𝟘', '𐄇', '𠜎', "'s", "'LL", "'re", "'Ve", "'d", '\r\n', '  ', '12', '\ud800', '\udc00', 'x'],
);
const anyCode = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code));
const texts = fc.oneof(
  fc.array(telling, { maxLength: 25 }).map((parts) => parts.join('')),
  fc.array(fc.oneof(telling, anyCode), { maxLength: 20 }).map((parts) => parts.join('')),
);

function piecesBy(scan: Scanner, text: string): string[] {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at++) units[at] = text.charCodeAt(at);
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = scan(units, at, text.length);
    expect(end).toBeGreaterThan(at);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

describe('scanners give the pieces of the regular expressions', () => {
  it.each(Object.entries(patterns))('%s', (_, regex) => {
    const { pattern } = new SplitPreTokenizer({
      type: 'Split',
      pattern: { Regex: regex },
      behavior: 'Isolated',
      invert: false,
    } as unknown as SplitConfig);
    const scan = scannerOf(regex);
    if (!pattern || !scan) throw new Error('no scanner for the pattern');
    fc.assert(
      fc.property(texts, (text) => {
        expect(piecesBy(scan, text)).toEqual(text.match(pattern) ?? []);
      }),
      { numRuns: 3000 },
    );
  });

  it('digits, one by one and in runs', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(piecesBy(scanDigits(true), text)).toEqual(text.match(/\p{N}|\P{N}+/gu) ?? []);
        expect(piecesBy(scanDigits(false), text)).toEqual(text.match(/\p{N}+|\P{N}+/gu) ?? []);
      }),
      { numRuns: 1000 },
    );
  });
});
