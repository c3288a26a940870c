import { readFileSync } from 'node:fs';
import { Tokenizer as ReferenceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qwenTokenizer, readQwenFile } from '../testing/qwen25';
import { openTokenizer } from './tokenizer';

interface Case {
  text: string;
  ids: number[];
  offsets: number[];
  decoded: string;
}
const cases = JSON.parse(readFileSync(new URL('./fixtures/qwen25.json', import.meta.url), 'utf8')) as Case[];

describe('the Qwen2.5 tokenizer against the Python library', () => {
  const tokenizer = qwenTokenizer();

  it('gives the same ids on every shared text', () => {
    expect(cases.length).toBeGreaterThan(200);
    for (const { text, ids } of cases) expect(tokenizer.encode(text).ids, JSON.stringify(text)).toEqual(ids);
  });

  it('gives the same offsets where normalization changes nothing', () => {
    const unchanged = cases.filter(({ text }) => text === text.normalize('NFC'));
    expect(unchanged.length).toBeGreaterThan(100);
    for (const { text, offsets } of unchanged) expect(tokenizer.encode(text).offsets, text).toEqual(offsets);
  });

  it('covers composed characters with their marks, where the library stops at the base character', () => {
    const changed = cases.filter(({ text }) => text !== text.normalize('NFC'));
    expect(changed.length).toBeGreaterThan(20);
    for (const { text, ids } of changed) {
      const { offsets } = tokenizer.encode(text);
      // Every unit of the source belongs to a token, and what a token covers decodes to it up to normalization.
      let reached = 0;
      for (let token = 0; token < ids.length; token++) {
        const start = offsets[token * 2] ?? 0;
        expect(start).toBeLessThanOrEqual(reached);
        reached = Math.max(reached, offsets[token * 2 + 1] ?? 0);
      }
      expect(reached, JSON.stringify(text)).toBe(text.length);
    }
    expect(tokenizer.encode('e\u0301a').offsets).toEqual([0, 2, 2, 3]);
  });

  it('decodes as the library does', () => {
    for (const { ids, decoded } of cases) expect(tokenizer.decode(ids)).toBe(decoded);
  });
});

describe('any text', () => {
  const tokenizer = qwenTokenizer();
  const anyText = fc.string({ unit: 'binary', maxLength: 60 });

  it('decodes to itself in NFC, lone surrogates as U+FFFD', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { ids } = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text.replace(/\p{Surrogate}/gu, '\ufffd').normalize('NFC'));
      }),
    );
    expect(tokenizer.encode('a\ud83db').ids).toEqual(tokenizer.encode('a\ufffdb').ids);
    expect(tokenizer.encode('\ud83d').offsets.at(-1)).toBe(1);
  });

  it('has the ids of @huggingface/tokenizers', () => {
    const reference = new ReferenceTokenizer(
      readQwenFile('tokenizer.json') as object,
      readQwenFile('tokenizer_config.json') as object,
    );
    const texts = fc.oneof(anyText, fc.string({ unit: 'grapheme', maxLength: 80 }), fc.lorem({ maxCount: 20 }));
    fc.assert(
      fc.property(texts, (text) => {
        const { ids } = tokenizer.encode(text);
        expect(ids).toEqual(text === '' ? [] : reference.encode(text, { add_special_tokens: false }).ids);
      }),
    );
  });

  it('streams the same text as it decodes at once, never half a code point', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const { ids } = tokenizer.encode(text);
        const decoder = tokenizer.streamDecoder();
        let streamed = '';
        for (const id of ids) {
          streamed += decoder.push(id);
          expect(streamed).not.toMatch(/\p{Surrogate}/u);
        }
        expect(streamed + decoder.end()).toBe(tokenizer.decode(ids));
      }),
    );
  });
});

describe('unusual pieces', () => {
  const tokenizer = qwenTokenizer();

  it('merges a long word by the heap as the short way does', () => {
    const word = 'internationalization'.repeat(500);
    const { ids, offsets } = tokenizer.encode(word);
    expect(tokenizer.decode(ids)).toBe(word);
    expect(offsets.at(-1)).toBe(word.length);
    const long = tokenizer.encode('internationalization'.repeat(4)).ids;
    const reference = new ReferenceTokenizer(readQwenFile('tokenizer.json') as object, {});
    expect(long).toEqual(reference.encode('internationalization'.repeat(4)).ids);
    expect(ids).toEqual(reference.encode(word).ids);
  });

  it('names special tokens in a text', () => {
    expect(tokenizer.addedTokensIn('a<|im_end|>b<|im_end|>').map(({ id }) => id)).toEqual([151645]);
    expect(tokenizer.addedTokensIn('plain <| text')).toEqual([]);
  });
});

describe('a tokenizer of another kind', () => {
  const file = readQwenFile('tokenizer.json') as Record<string, unknown>;
  it('is refused by name', () => {
    expect(() => openTokenizer({ ...file, pre_tokenizer: { type: 'BertPreTokenizer' } })).toThrow(/Bert/);
    expect(() => openTokenizer({ ...file, normalizer: { type: 'Lowercase' } })).toThrow(/Lowercase/);
    expect(() => openTokenizer({})).toThrow(/model/);
  });
});
