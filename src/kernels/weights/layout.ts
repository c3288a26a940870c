import type { WeightFormat } from './weight';

/** Columns that share a scale; 0: no scales. */
export const groupColumns: Readonly<Record<WeightFormat, number>> = { f32: 0, f16: 0, int8: 64, int4: 32 };

/** Values in a word of 32 bits. */
export const valuesPerWord: Readonly<Record<WeightFormat, number>> = { f32: 1, f16: 2, int8: 4, int4: 8 };

/** Words of 32 bits that a row of so many columns takes, scales apart. */
export const rowWords = (format: WeightFormat, columns: number): number => Math.ceil(columns / valuesPerWord[format]);

/** Scales of a row. */
export const rowScales = (format: WeightFormat, columns: number): number =>
  groupColumns[format] === 0 ? 0 : Math.ceil(columns / groupColumns[format]);

/** Bytes of a weight [rows, columns] on the device, scales included. */
export const weightBytes = (format: WeightFormat, [rows, columns]: readonly [number, number]): number =>
  4 * rows * (rowWords(format, columns) + rowScales(format, columns));

/** Blocks of the head's columns that the engine walks; parts end between them. */
const headRows = 8192;
/** Rows at which every part can be bound: 64 rows are a multiple of 256 bytes, whatever their width. */
const bindableRows = 64;

/** Rows of each part of a weight, so that none has more than `partBytes` bytes in one binding. */
export function partRows(
  format: WeightFormat,
  [rows, columns]: readonly [number, number],
  partBytes: number,
): number[] {
  const fitting = Math.floor(partBytes / (4 * Math.max(1, rowWords(format, columns))));
  const step = fitting >= headRows ? headRows : bindableRows;
  const share = fitting >= rows ? Math.max(rows, 1) : Math.max(step, step * Math.floor(fitting / step));
  const parts: number[] = [];
  for (let first = 0; first < rows; first += share) parts.push(Math.min(share, rows - first));
  return parts;
}
