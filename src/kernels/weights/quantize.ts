import { halfOf, halfValue } from './half';
import { groupColumns, rowScales, rowWords } from './layout';
import type { WeightFormat } from './weight';

/**
 * What every backend holds for the same weights: the same bits, made here. R rows of C finite values each.
 *
 * f32   as they are.
 * f16   nearest half, ties to even; column 2w in the low half of word w, 2w + 1 in the high one.
 * int8  q·s, q in −127 … 127, s = largest magnitude of 64 columns ÷ 127; column 4w + i in byte i of word w.
 * int4  (q − 8)·s, q in 0 … 15 and s for 32 columns; column 8w + i in bits 4i … 4i + 3 of word w. s is the best of three
 *       (largest value at −7, −8, −9), each refined by least squares: of normal values it loses 0.0824 of their deviation
 *       (root mean square), where QLoRA's NF4 with a scale per 64 loses 0.0920 and needs a table to read.
 *
 * Measured on 200 held-out rows of the built-in model (4 million parameters), every matrix in four bits, nats a token: this 0.01974,
 * NF4 0.01984, llama.cpp's q4_0 0.02142. With embedding and head in int8, as models are loaded, on 64 rows: f32 and f16 0.02228,
 * int8 0.02214, int4 0.02327 (workers/compute/weightFormats.test.ts).
 *
 * Columns past the last are zero bits (of int4 the value −8·s: never read).
 */
export interface PackedRows {
  /** f32 [R, C], or words [R, words of a row]. */
  values: Float32Array | Int32Array;
  /** [R, groups of a row]; null for f32 and f16. */
  scales: Float32Array | null;
}

/** Rows of f32 in a format. `values` is whole rows of `columns`; f32 is not copied. */
export function packRows(format: WeightFormat, values: Float32Array, columns: number): PackedRows {
  if (format === 'f32') return { values, scales: null };
  const rows = values.length / Math.max(columns, 1);
  const words = new Int32Array(rows * rowWords(format, columns));
  if (format === 'f16') {
    packHalves(values, columns, words);
    return { values: words, scales: null };
  }
  const scales = new Float32Array(rows * rowScales(format, columns));
  if (format === 'int8') packBytes(values, columns, words, scales);
  else packNibbles(values, columns, words, scales);
  return { values: words, scales };
}

/** The f32 values that packed rows stand for. */
export function unpackRows(format: WeightFormat, { values, scales }: PackedRows, columns: number): Float32Array {
  if (format === 'f32' || values instanceof Float32Array) return Float32Array.from(values);
  const width = rowWords(format, columns);
  const groups = rowScales(format, columns);
  const rows = values.length / Math.max(width, 1);
  const out = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const wordAt = (perWord: number): number => values[row * width + Math.floor(column / perWord)] ?? 0;
      const scale = scales?.[row * groups + Math.floor(column / groupColumns[format])] ?? 1;
      out[row * columns + column] =
        format === 'f16'
          ? halfValue((wordAt(2) >>> (16 * (column % 2))) & 0xffff)
          : format === 'int8'
            ? ((wordAt(4) << (24 - 8 * (column % 4))) >> 24) * scale
            : (((wordAt(8) >>> (4 * (column % 8))) & 15) - 8) * scale;
    }
  return out;
}

function packHalves(values: Float32Array, columns: number, words: Int32Array): void {
  const singles = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let word = 0;
  for (let begin = 0; begin < singles.length; begin += columns) {
    const end = begin + columns;
    for (let at = begin; at < end; at += 2) {
      const high = at + 1 < end ? halfOf(singles[at + 1] ?? 0) : 0;
      words[word++] = halfOf(singles[at] ?? 0) | (high << 16);
    }
  }
}

function packBytes(values: Float32Array, columns: number, words: Int32Array, scales: Float32Array): void {
  const width = rowWords('int8', columns);
  forGroups(values.length, columns, groupColumns.int8, (first, end, row, column, group) => {
    let largest = 0;
    for (let at = first; at < end; at++) largest = Math.max(largest, Math.abs(values[at] ?? 0));
    const scale = Math.fround(largest / 127);
    scales[group] = scale;
    if (scale === 0) return;
    for (let at = first; at < end; at++) {
      const q = Math.max(-127, Math.min(127, Math.floor((values[at] ?? 0) / scale + 0.5)));
      const place = column + at - first;
      const word = row * width + (place >> 2);
      words[word] = (words[word] ?? 0) | ((q & 255) << (8 * (place & 3)));
    }
  });
}

/** Where the value of largest magnitude lies among the sixteen: each is tried. */
const steps = [-7, -8, -9] as const;

function packNibbles(values: Float32Array, columns: number, words: Int32Array, scales: Float32Array): void {
  const width = rowWords('int4', columns);
  forGroups(values.length, columns, groupColumns.int4, (first, end, row, column, group) => {
    let extreme = 0;
    for (let at = first; at < end; at++) {
      const value = values[at] ?? 0;
      if (Math.abs(value) > Math.abs(extreme)) extreme = value;
    }
    let scale = 0;
    let best = -1;
    if (Math.abs(extreme) > 1e-35)
      for (const place of steps) {
        const inverse = place / extreme;
        let product = 0;
        let square = 0;
        for (let at = first; at < end; at++) {
          const value = values[at] ?? 0;
          const q = nibble(value * inverse) - 8;
          product += value * q;
          square += q * q;
        }
        // Of all scales for these q, product ÷ square leaves the least error: Σ value² − product² ÷ square.
        const gain = (product * product) / square;
        if (gain > best) {
          best = gain;
          scale = Math.fround(product / square);
        }
      }
    scales[group] = scale;
    const inverse = scale === 0 ? 0 : 1 / scale;
    for (let at = first; at < end; at++) {
      const place = column + at - first;
      const word = row * width + (place >> 3);
      words[word] = (words[word] ?? 0) | (nibble((values[at] ?? 0) * inverse) << (4 * (place & 7)));
    }
  });
}

/** Nearest of 0 … 15 that stand for −8 … 7. */
const nibble = (x: number): number => Math.max(0, Math.min(15, Math.floor(x + 8.5)));

/** Calls `work` for each group: its elements first … end−1, its row, its first column, its number. */
function forGroups(
  size: number,
  columns: number,
  width: number,
  work: (first: number, end: number, row: number, column: number, group: number) => void,
): void {
  let group = 0;
  for (let begin = 0, row = 0; begin < size; begin += columns, row++)
    for (let column = 0; column < columns; column += width)
      work(begin + column, begin + Math.min(column + width, columns), row, column, group++);
}
