/** Lists that stand as JSON text in a cell, as CSV files and many tables of the hub have them. */
import { noteExact } from '../../formats/jsonl/exactJson';
import type { Problems } from './problems';

/** A cell's JSON text as a value; undefined, with the problem noted, when it is not valid. */
export function parseCell(text: string, path: string, problems: Problems): unknown {
  try {
    const value: unknown = JSON.parse(text);
    noteCalls(text, value);
    return value;
  } catch {
    const isPython = /^\s*[[{]+\s*'/.test(text);
    const remedy = isPython
      ? 'this is how Python prints a list: write it with json.dumps'
      : 'correct it, or write it with a JSON library';
    problems.error('data/invalid-cell', path, 'a list in a text must be valid JSON', text, remedy);
    return undefined;
  }
}

/** Templates print tools and calls as JSON again: keep what JSON.parse loses of them. */
export function noteCalls(text: string, value: unknown): void {
  if (/"(?:tool|function|arguments|parameters)/.test(text)) noteExact(text, value);
}
