import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openTokenizer } from './tokenizer';

/** text, ids, offsets (UTF-16), decoded text: by the Python library (tools/fixtures/data/sentencepiece_fixtures.py). */
type Case = [text: string, ids: number[], offsets: number[], decoded: string];
interface Fixture {
  tokenizer: Record<string, unknown>;
  cases: Case[];
}

const folder = new URL('./fixtures/pipelines/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.json', ''));

/** Where a pipeline's normalizer makes one character of several, or several of one. */
const changes: Record<string, RegExp> = {
  'metaspace-never': /\p{M}|[\u1100-\u11ff]|[^\P{L}\0-\u00ff]/u,
  'replace-regex': / {2}|\p{M}|[\u1100-\u11ff]/u,
  'split-next': /\p{M}|[\u1100-\u11ff]/u,
};

describe.each(names)('the pipeline %s against the Python library', (name) => {
  const fixture = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8')) as Fixture;
  const tokenizer = openTokenizer(fixture.tokenizer);
  const { cases } = fixture;

  it('gives the same ids', () => {
    expect(cases.length).toBeGreaterThanOrEqual(120);
    for (const [text, ids] of cases) expect(tokenizer.encode(text).ids, JSON.stringify(text)).toEqual(ids);
  });

  it('gives the same offsets', () => {
    let exact = 0;
    for (const [text, , theirs] of cases) {
      const { offsets } = tokenizer.encode(text);
      const changed = changes[name]?.test(text) ?? false;
      if (!changed || theirs.join() === offsets.join()) exact++;
      if (!changed) expect(offsets, JSON.stringify(text)).toEqual(theirs);
      // Ours cover all that was composed or replaced; the library's stop at one character of it.
      for (let token = 0; token < theirs.length; token += 2) {
        expect(offsets[token], JSON.stringify(text)).toBeLessThanOrEqual(theirs[token] ?? 0);
        expect(offsets[token + 1], JSON.stringify(text)).toBeGreaterThanOrEqual(theirs[token + 1] ?? 0);
      }
    }
    expect(exact).toBeGreaterThan(cases.length / 2);
  });

  it('decodes to the same text', () => {
    for (const [, ids, , decoded] of cases) expect(tokenizer.decode(ids)).toBe(decoded);
  });
});
