import type { CellKind } from './formats/format';
import { isObject, own, type JsonObject } from './problems';

/** Longest JSON text of a cell that is parsed to see its shape, in UTF-16 units; longer ones are told by their beginning. */
const parsedUnits = 4096;

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
      return typeof value === 'string' || isTalk(isRequest(value) ? value.messages : value, 'role', 'content');
    case 'tools':
      return value === '' || Array.isArray(listOf(value));
    case 'pairs': {
      const list = listOf(value);
      return Array.isArray(list) && list.slice(0, 4).every((item) => Array.isArray(item) && item.length === 2);
    }
  }
}

/** OpenAI's preference data has messages and tools in one object, as its requests have. */
export const isRequest = (value: unknown): value is JsonObject & { messages: unknown[] } =>
  isObject(value) && Array.isArray(own(value, 'messages'));

function isTalk(value: unknown, role: string, content: string): boolean {
  if (typeof value === 'string' && value.length > parsedUnits) {
    const head = value.slice(0, parsedUnits);
    return /^\s*\[\s*\{/.test(head) && head.includes(`"${role}"`);
  }
  const list = listOf(value);
  if (!Array.isArray(list) || list.length === 0) return false;
  return list
    .slice(0, 4)
    .every(
      (item) => isObject(item) && (Object.hasOwn(item, role) || (role !== 'role' && Object.hasOwn(item, content))),
    );
}

/** A list, or the list that a short JSON text holds; anything else as it is. */
function listOf(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*\[/.test(value)) return value;
  if (value.length > parsedUnits) return [];
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

/**
 * What decides how a row reads, without its texts: its columns and what each holds. Rows of one signature read as one
 * format. Null when a text may hold a list, so that the text itself decides, and for rows of very many columns.
 */
export function signatureOf(row: JsonObject): string | null {
  let signature = '';
  let columns = 0;
  for (const name in row) {
    if (++columns > 64) return null;
    const value = row[name];
    if (typeof value === 'string' && /^\s*\[/.test(value)) return null;
    // The length keeps names that hold the separators apart.
    signature += `${name.length}:${name}=${kinds.map((kind) => Number(fits(value, kind))).join('')}${isThere(value) ? '' : '-'};`;
  }
  return signature;
}

const kinds: readonly CellKind[] = ['text', 'messages', 'sharegpt', 'side', 'tools'];

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
