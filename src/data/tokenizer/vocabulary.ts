import { TunesmithError } from '../../lib/errors';

/** Ids by token; `tokens` gets the tokens by id. Throws `tokenizer/invalid` for an id that is no count. */
export function readVocabulary(vocab: Record<string, unknown>, tokens: (string | undefined)[]): Map<string, number> {
  const ids = new Map<string, number>();
  for (const token of Object.keys(vocab)) {
    const id = vocab[token];
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > mostTokens) {
      throw new TunesmithError(
        'tokenizer/invalid',
        `tokenizer.json: model.vocab: id of ${JSON.stringify(token)} is no integer below ${mostTokens}; fetch the file again`,
      );
    }
    ids.set(token, id);
    tokens[id] = token;
  }
  return ids;
}

/** More than any model has; a larger id would only make the table of tokens huge. */
export const mostTokens = 1 << 24;

/** (left, right, merged) ids of each merge in order of rank, flat. Throws `tokenizer/invalid` for an unknown token. */
export function readMerges(
  merges: readonly unknown[],
  vocab: ReadonlyMap<string, number>,
  tokens: readonly (string | undefined)[],
): Int32Array {
  const triples = new Int32Array(merges.length * 3);
  let last = -1;
  for (let rank = 0; rank < merges.length; rank++) {
    const merge = merges[rank];
    let left: unknown;
    let right: unknown;
    if (typeof merge === 'string') {
      const space = merge.indexOf(' ');
      left = merge.slice(0, space);
      right = merge.slice(space + 1);
    } else if (Array.isArray(merge)) [left, right] = merge as unknown[];
    if (typeof left !== 'string' || typeof right !== 'string') throw damagedMerge(rank);
    const from = vocab.get(left);
    const to = vocab.get(right);
    // Merges mostly make the next id: a look saves joining and hashing a string.
    const guess = tokens[last + 1];
    const isNext = guess?.length === left.length + right.length && guess.startsWith(left) && guess.endsWith(right);
    const merged = isNext ? last + 1 : vocab.get(left + right);
    if (from === undefined || to === undefined || merged === undefined) throw damagedMerge(rank);
    triples[rank * 3] = from;
    triples[rank * 3 + 1] = to;
    triples[rank * 3 + 2] = merged;
    last = merged;
  }
  return triples;
}

const damagedMerge = (rank: number): TunesmithError =>
  new TunesmithError(
    'tokenizer/invalid',
    `tokenizer.json: model.merges[${rank}] names a token that is not in the vocabulary; fetch the file again`,
  );
