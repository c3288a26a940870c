import type { ColumnFacts } from '../../protocol/rows';
import { namedList } from './bareTurns';
import { isObject, own, type JsonObject } from './problems';
import { isThere, typeName } from './shapes';

const lookedAtRows = 200;
/** More columns than this are no table; the rest is not looked at. */
const mostColumns = 1000;
const exampleUnits = 120;

/** The rows that detection looks at: objects, and bare lists of turns, among the first ones. */
export const sampleRows = (rows: readonly unknown[]): JsonObject[] =>
  rows.slice(0, lookedAtRows).map(namedList).filter(isObject);

/** Names of columns in the order of the file: its own list, then what the rows have. */
export function columnNames(rows: readonly JsonObject[], fileColumns: readonly string[] | null): string[] {
  const names = new Set(fileColumns ?? []);
  for (const row of rows) {
    for (const name in row) {
      if (names.size >= mostColumns) return [...names];
      if (Object.hasOwn(row, name)) names.add(name);
    }
  }
  return [...names];
}

/** What each column of a file holds, from its first rows; see `ColumnFacts`. */
export function columnFacts(rows: readonly unknown[], fileColumns: readonly string[] | null): ColumnFacts[] {
  const objects = sampleRows(rows);
  return columnNames(objects, fileColumns).map((name) => {
    const types = new Set<string>();
    let present = 0;
    let example: unknown;
    for (const row of objects) {
      if (!Object.hasOwn(row, name)) continue;
      const value = own(row, name);
      if (!isThere(value)) continue;
      present++;
      types.add(typeName(value));
      if (!isThere(example) || example === '') example = value;
    }
    return {
      name,
      share: objects.length === 0 ? 0 : present / objects.length,
      type: types.size === 0 ? 'null' : [...types].join(' or '),
      example: isThere(example) ? shortText(example) : '',
    };
  });
}

function shortText(value: unknown): string {
  const text = typeof value === 'string' ? value : jsonText(value);
  const units = text.length > exampleUnits ? `${text.slice(0, exampleUnits - 1)}…` : text;
  return units.replace(/\p{Surrogate}/gu, '');
}

/** JSON of any value, or what it is when it has none (nested too deeply). */
function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
  } catch {
    return `(${typeName(value)})`;
  }
}
