import { TunesmithError } from '../../lib/errors';
import { censusOf, inexactNumbers, membersInText } from './census';
import { noteExact } from './exactJson';
import { scanJson } from './scanJson';

/** A row as parsed JSON, with its text. */
interface ParsedRow {
  value: unknown;
  text: string;
  /** Keys that stand twice in one object; the last one counts, as in Python. */
  duplicateKeys: string[];
  /** Numbers, as written, that JavaScript can't hold: `1e999`, whole ones beyond 2^53. At most ten. */
  inexactNumbers: string[];
}

/** Rows of conversations nest ten levels deep; tools' schemas perhaps thirty. Everything behind this may recurse. */
const maxDepth = 500;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
const lenient = new TextDecoder('utf-8', { fatal: false });

/**
 * Decodes and parses one row. `__proto__` becomes an ordinary key, as everywhere in `JSON.parse`.
 * @param bytes the row, or null when it was longer than the cap.
 * @param line 1-based, for the message. @param maxRowBytes the cap, for the message.
 * Throws `data/line-too-long`, `data/not-utf8` (data: byte, line), `data/invalid-json` (data: line, column) or
 * `data/nested-too-deeply` (data: line).
 */
export function readRow(bytes: Uint8Array | null, line: number, maxRowBytes: number): ParsedRow {
  if (bytes === null) throw rowTooLong(line, maxRowBytes);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    const at = firstBadByte(bytes);
    const message = `line ${line}: UTF-8 is needed, byte ${at + 1} of the line (0x${(bytes[at] ?? 0).toString(16)}) is not; save the file as UTF-8`;
    throw new TunesmithError('data/not-utf8', message, { data: { line, byte: at + 1 } });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { fault } = scanJson(text);
    const index = fault?.index ?? 0;
    const { row, column } = place(text, index);
    const what = fault?.what ?? 'it is nested too deeply';
    const hint =
      text.trim() === '{' || text.trim() === '['
        ? '; is the file pretty-printed? JSONL has one whole object on each line'
        : '; correct this line';
    const message = `line ${line + row}, column ${column}: valid JSON is needed: ${what}${hint}`;
    throw new TunesmithError('data/invalid-json', message, { data: { line: line + row, column } });
  }
  const { members, hasLargeNumber, isTooDeep } = censusOf(value, maxDepth);
  if (isTooDeep) {
    const message = `line ${line}: lists and objects may be nested ${maxDepth} levels deep, these go deeper; flatten the row`;
    throw new TunesmithError('data/nested-too-deeply', message, { data: { line } });
  }
  // Only these are printed again by templates as JSON.
  if (text.includes('"tool') || text.includes('"function')) noteExact(text, value);
  return {
    value,
    text,
    duplicateKeys: members === membersInText(text) ? [] : scanJson(text).duplicateKeys,
    inexactNumbers: hasLargeNumber ? inexactNumbers(text) : [],
  };
}

/** A row over the cap of `maxRowBytes`: `data/line-too-long`. */
export const rowTooLong = (line: number, maxRowBytes: number): TunesmithError =>
  new TunesmithError(
    'data/line-too-long',
    `line ${line}: a row may be ${maxRowBytes >> 20} MiB long, this one is longer; split it`,
    { data: { line } },
  );

/** A row's own text for showing it, whatever bytes it has. */
export const rowText = (bytes: Uint8Array | null): string => (bytes ? lenient.decode(bytes) : '');

/** Line (from 0) and column (from 1) of an index. */
function place(text: string, index: number): { row: number; column: number } {
  const before = text.slice(0, index);
  const row = before.split('\n').length - 1;
  return { row, column: index - before.lastIndexOf('\n') };
}

/** Index of the first byte that breaks UTF-8: where the character begins that can't be read. */
function firstBadByte(bytes: Uint8Array): number {
  const stream = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    try {
      if (stream.decode(bytes.subarray(at, at + 1), { stream: true }) !== '') start = at + 1;
    } catch {
      return start;
    }
  }
  return start;
}
