import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MergeTable, Symbols } from './mergeTable';

/** The definition: again and again the pair of lowest rank, leftmost first. */
function byDefinition(triples: readonly number[], source: readonly number[]): { ids: number[]; ends: number[] } {
  const ids = [...source];
  const ends = source.map((_, index) => index + 1);
  for (;;) {
    let best = Infinity;
    let bestAt = -1;
    for (let at = 0; at + 1 < ids.length; at++) {
      for (let rank = 0; rank * 3 < triples.length; rank++) {
        if (triples[rank * 3] === ids[at] && triples[rank * 3 + 1] === ids[at + 1] && rank < best) {
          best = rank;
          bestAt = at;
        }
      }
    }
    if (bestAt < 0) return { ids, ends };
    ids.splice(bestAt, 2, triples[best * 3 + 2] ?? 0);
    ends.splice(bestAt, 1);
  }
}

/** Merges of 4 letters and of what they made, each pair once, as training makes them. */
const tables = fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }).map((draws) => {
  const triples: number[] = [];
  const seen = new Set<string>();
  let next = 4;
  for (const [one, other] of draws) {
    const left = one % next;
    const right = other % next;
    if (seen.has(`${left} ${right}`)) continue;
    seen.add(`${left} ${right}`);
    triples.push(left, right, next++);
  }
  return triples;
});

describe('merges', () => {
  it.each([
    ['short pieces', 0, 40],
    ['long pieces', 65, 200],
  ])('of %s follow the definition', (_, minLength, maxLength) => {
    const pieces = fc.array(fc.nat({ max: 3 }), { minLength, maxLength });
    fc.assert(
      fc.property(tables, pieces, (triples, piece) => {
        const symbols = new Symbols();
        piece.forEach((id, at) => {
          symbols.push(id, at, at + 1);
        });
        new MergeTable(Int32Array.from(triples)).merge(symbols);
        const expected = byDefinition(triples, piece);
        expect([...symbols.ids.subarray(0, symbols.count)]).toEqual(expected.ids);
        expect([...symbols.ends.subarray(0, symbols.count)]).toEqual(expected.ends);
        const starts = [0, ...expected.ends.slice(0, -1)].slice(0, symbols.count);
        expect([...symbols.starts.subarray(0, symbols.count)]).toEqual(starts);
      }),
      { numRuns: 150 },
    );
  });

  it('of a pair listed twice count the last', () => {
    const symbols = new Symbols();
    [0, 1, 2].forEach((id, at) => {
      symbols.push(id, at, at + 1);
    });
    new MergeTable(Int32Array.of(0, 1, 3, 1, 2, 4, 0, 1, 3)).merge(symbols);
    expect([...symbols.ids.subarray(0, symbols.count)]).toEqual([0, 4]);
  });
});
