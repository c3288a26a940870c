/** Parquet's values as JSON has them: what JSON has no word for becomes text. */
import type { ParquetParsers } from 'hyparquet';

const decoder = new TextDecoder();

/** ISO 8601 with milliseconds; null for a date that no calendar has. */
function isoTime(milliseconds: number): string | null {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** How the library hands us values of rich types. */
export const plainParsers: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (value: bigint | undefined) => (value === undefined ? null : isoTime(Number(value))),
  timestampFromMicroseconds: (value: bigint | undefined) =>
    value === undefined ? null : isoTime(Number(value / 1000n)),
  timestampFromNanoseconds: (value: bigint | undefined) =>
    value === undefined ? null : isoTime(Number(value / 1_000_000n)),
  dateFromDays: (days: number | undefined) =>
    days === undefined ? null : (isoTime(days * 86_400_000)?.slice(0, 10) ?? null),
  jsonFromBytes: (bytes: Uint8Array | undefined) => {
    if (!bytes) return null;
    const text = decoder.decode(bytes);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return text;
    }
  },
};

/**
 * A value that `JSON.stringify` writes as Python's reader has it: missing members as null, whole numbers exact (as text
 * beyond 2^53), bytes as hexadecimal digits. Changes lists and objects in place.
 */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value === undefined) return null;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
  if (value instanceof Date) return isoTime(value.getTime());
  if (Array.isArray(value)) {
    const list: unknown[] = value;
    for (let index = 0; index < list.length; index++) list[index] = plainValue(list[index]);
    return list;
  }
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) members[key] = plainValue(members[key]);
  return members;
}
