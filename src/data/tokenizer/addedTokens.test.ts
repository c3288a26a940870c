import { describe, expect, it } from 'vitest';
import { AddedTokenSplitter, type AddedToken } from './addedTokens';

const token = (content: string, settings: Partial<AddedToken> = {}): AddedToken => ({
  id: content.length,
  content,
  special: true,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  ...settings,
});

const parts = (tokens: AddedToken[], text: string): string[] =>
  new AddedTokenSplitter(tokens)
    .split(text)
    .map(({ start, end, token: found }) => (found ? `[${text.slice(start, end)}]` : text.slice(start, end)));

describe('added tokens in a text', () => {
  it('are found leftmost, then longest', () => {
    const tokens = [token('<a'), token('<a>'), token('>b'), token('b')];
    expect(parts(tokens, 'x<a>b<ab')).toEqual(['x', '[<a>]', '[b]', '[<a]', '[b]']);
    expect(parts(tokens, '<')).toEqual(['<']);
    expect(parts(tokens, '')).toEqual([]);
    expect(parts([token('')], 'a')).toEqual(['a']);
  });

  it('take white space beside them where they say so, once', () => {
    const tokens = [token('L', { lstrip: true }), token('R', { rstrip: true })];
    expect(parts(tokens, 'a \u3000\u0085L b')).toEqual(['a', '[ \u3000\u0085L]', ' b']);
    expect(parts(tokens, 'R  L')).toEqual(['[R  ]', '[L]']);
    expect(parts(tokens, 'R\ufeff')).toEqual(['[R]', '\ufeff']);
  });

  it('that are single words need no letter, digit or mark beside them', () => {
    const tokens = [token('w', { single_word: true })];
    expect(parts(tokens, 'w w, wx xw 1w _w w\u0301 𝔘w 👍w')).toEqual([
      '[w]',
      ' ',
      '[w]',
      ', wx xw 1w _w w\u0301 𝔘w 👍',
      '[w]',
    ]);
  });

  it('are named once each', () => {
    const found = new AddedTokenSplitter([token('<a>'), token('bb')]).find('bb <a> bb <a');
    expect(found.map(({ content }) => content)).toEqual(['bb', '<a>']);
  });
});
