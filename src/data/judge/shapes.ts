import type { CellKind } from './formats/format';
import { isObject } from './problems';

/** Longest JSON text of a cell that detection parses, in UTF-16 units; longer ones are taken for what they begin like. */
const parsedUnits = 1 << 20;

/** Whether a cell reads well as a kind; looks at the first items of a list only. */
export function fits(value: unknown, kind: CellKind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'messages':
      return isTalk(value, 'role', 'content');
    case 'sharegpt':
      return isTalk(value, 'from', 'value');
    case 'side':
      return typeof value === 'string' || isTalk(value, 'role', 'content');
    case 'tools':
      return value === '' || Array.isArray(listOf(value));
  }
}

function isTalk(value: unknown, role: string, content: string): boolean {
  const list = listOf(value);
  if (!Array.isArray(list) || list.length === 0) return false;
  return list
    .slice(0, 4)
    .every(
      (item) => isObject(item) && (Object.hasOwn(item, role) || (role !== 'role' && Object.hasOwn(item, content))),
    );
}

/** A list, or the list that a JSON text holds; anything else as it is. */
function listOf(value: unknown): unknown {
  if (typeof value !== 'string' || value.length > parsedUnits || !/^\s*\[/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/** Whether a row has something in a column: `null` is nothing. */
export const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** Name of a value's type, for a table header. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
    case 'bigint':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return 'object';
  }
}
