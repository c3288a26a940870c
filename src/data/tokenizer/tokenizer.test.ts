import { readFileSync } from 'node:fs';
import { Tokenizer as ReferenceTokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { qwenTokenizer, readQwenFile } from '../testing/qwen25';
import { normalForm } from './normalize';
import { openTokenizer, type Encoding } from './tokenizer';

/**
 * text, ids, then for each token its start after the end of the one before it and its length (UTF-16), and the decoded
 * text where it is not NFC of the text: by the Python library (tools/fixtures/data/tokenizer_fixtures.py).
 */
type Case = [text: string, ids: number[], places: number[], decoded?: string];
const cases = JSON.parse(readFileSync(new URL('./fixtures/qwen25.json', import.meta.url), 'utf8')) as Case[];

function offsetsOf(places: readonly number[]): number[] {
  let at = 0;
  return places.map((step) => (at += step));
}

/**
 * Stretches of a text whose tokens share characters, with those tokens: offsets [0,1,0,1,1,2] give [0,1) and [1,2).
 * Fails where a unit of the text belongs to no token, or a token begins before the one in front of it.
 */
function groupsOf(text: string, { ids, offsets }: Encoding): { slice: string; ids: number[] }[] {
  const groups: { start: number; end: number; ids: number[] }[] = [];
  let last = 0;
  ids.forEach((id, token) => {
    const start = offsets[token * 2] ?? -1;
    const end = offsets[token * 2 + 1] ?? -1;
    expect(start).toBeGreaterThanOrEqual(last);
    expect(end).toBeGreaterThan(start);
    last = start;
    const group = groups.at(-1);
    if (group && start < group.end) {
      group.ids.push(id);
      group.end = Math.max(group.end, end);
    } else {
      expect(start, JSON.stringify(text)).toBe(group?.end ?? 0);
      groups.push({ start, end, ids: [id] });
    }
  });
  expect(groups.at(-1)?.end ?? 0).toBe(text.length);
  return groups.map((group) => ({ slice: text.slice(group.start, group.end), ids: group.ids }));
}

const whole = (text: string): string => normalForm(text.replace(/\p{Surrogate}/gu, '\ufffd'), 'NFC');

describe('the Qwen2.5 tokenizer against the Python library', () => {
  const tokenizer = qwenTokenizer();
  const isNfc = ([text]: Case): boolean => text === text.normalize('NFC');

  it('gives the same ids on every shared text', () => {
    expect(cases.length).toBeGreaterThanOrEqual(700);
    for (const [text, ids] of cases) expect(tokenizer.encode(text).ids, JSON.stringify(text)).toEqual(ids);
  });

  it('gives the same offsets where normalization changes nothing', () => {
    const unchanged = cases.filter(isNfc);
    expect(unchanged.length).toBeGreaterThan(500);
    for (const [text, , places] of unchanged) {
      expect(tokenizer.encode(text).offsets, JSON.stringify(text)).toEqual(offsetsOf(places));
    }
  });

  it('covers composed characters with their marks, where the library stops at the base character', () => {
    const changed = cases.filter((one) => !isNfc(one));
    expect(changed.length).toBeGreaterThan(80);
    for (const [text, , places] of changed) {
      const { offsets } = tokenizer.encode(text);
      offsetsOf(places).forEach((place, index) => {
        if (index % 2 === 0) expect(offsets[index], JSON.stringify(text)).toBeLessThanOrEqual(place);
        else expect(offsets[index], JSON.stringify(text)).toBeGreaterThanOrEqual(place);
      });
    }
    expect(tokenizer.encode('e\u0301a').offsets).toEqual([0, 2, 2, 3]);
  });

  it('maps every token back to its text', () => {
    for (const [text] of cases) {
      for (const { slice, ids } of groupsOf(text, tokenizer.encode(text))) {
        expect(tokenizer.decode(ids), JSON.stringify(text)).toBe(normalForm(slice, 'NFC'));
      }
    }
  });

  it('decodes as the library does', () => {
    for (const [text, ids, , decoded] of cases) expect(tokenizer.decode(ids)).toBe(decoded ?? text.normalize('NFC'));
  });
});

describe('any text', () => {
  const tokenizer = qwenTokenizer();
  const anyText = fc.string({ unit: 'binary', maxLength: 60 });

  it('decodes to itself in NFC, lone surrogates as U+FFFD', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(whole(text));
      }),
    );
    expect(tokenizer.encode('a\ud83db').ids).toEqual(tokenizer.encode('a\ufffdb').ids);
    expect(tokenizer.encode('\ud83d').offsets.at(-1)).toBe(1);
    expect(tokenizer.encode('\udc00\ud800x\udfff\u0301').offsets.at(-1)).toBe(5);
  });

  it('is normalized as models saw it: characters newer than Unicode 9 stay as they are', () => {
    const dives = '\u{11935}\u{11930}';
    expect(tokenizer.decode(tokenizer.encode(dives).ids)).toBe(dives);
    expect(tokenizer.decode(tokenizer.encode('e\u0301\u{10f4f}\u0316').ids)).toBe('\u00e9\u{10f4f}\u0316');
  });

  it('has offsets that cover it and map every token back', () => {
    const marked = fc.string({
      unit: fc.constantFrom(...'aeé日👍 \n\u0301\u0316\u1100\u1161\u11a8\u00c5\u212b\u0928\u093c\ud83d'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.oneof(anyText, marked, fc.string({ unit: 'grapheme' })), (text) => {
        for (const { slice, ids } of groupsOf(text, tokenizer.encode(text))) {
          expect(tokenizer.decode(ids)).toBe(whole(slice));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has the same tokens when it is asked for again, from the cache', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(tokenizer.encode(`${text} ${text}`).ids).toEqual(tokenizer.encode(`${text} ${text}`).ids);
        const { ids, offsets, count } = tokenizer.encodeShared(text);
        const shared = { ids: [...ids.subarray(0, count)], offsets: [...offsets.subarray(0, count * 2)] };
        expect(shared).toEqual(tokenizer.encode(text));
      }),
    );
  });

  it('has the ids of @huggingface/tokenizers', () => {
    const reference = new ReferenceTokenizer(
      readQwenFile('tokenizer.json') as object,
      readQwenFile('tokenizer_config.json') as object,
    );
    const texts = fc.oneof(anyText, fc.string({ unit: 'grapheme', maxLength: 80 }), fc.lorem({ maxCount: 20 }));
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text.normalize('NFC') === normalForm(text, 'NFC'));
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
