/** Rows after judging, rendering, tokenizing and labelling, as columns: cheap to move between threads, to keep and to store. */
import type { RowFit, RowFormat } from '../../protocol/rows';

/** Status of a row. */
export const broken = 0;
export const masked = 1;
export const trainable = 2;

/** Bits of a row's flags. */
export const flag = { dropped: 1, edited: 2, thinks: 4, answersPlainly: 8 } as const;

export const fits: readonly RowFit[] = ['fits', 'turns_dropped', 'answer_cut', 'nothing_left'];

/** A class of problem as a block met it: the message is its first. */
export interface ClassSample {
  severity: 'error' | 'warning';
  code: string;
  message: string;
  data?: Record<string, unknown>;
}

/**
 * One block of neighbouring rows. Lists of varying length are flat, with one end per row: row i has
 * `list[ends[i - 1] … ends[i])`.
 */
export interface BlockResult {
  firstRow: number;
  count: number;
  lines: Int32Array;
  /** [2 × count] */
  places: Float64Array;
  status: Uint8Array;
  flags: Uint8Array;
  /** Index in `fits`. */
  fit: Uint8Array;
  /** Tokens before truncation; 0 for a broken row. */
  whole: Int32Array;
  needed: Int32Array;
  /** Labels that count: beyond the first position. */
  trained: Int32Array;
  /** What makes two rows the same conversation; 0 for a broken row. */
  keys: BigUint64Array;
  /** Index in `patterns`; -1 for a broken row. */
  pattern: Int32Array;
  /** Roles of a conversation in order, as `user,assistant`. */
  patterns: string[];
  formats: Partial<Record<RowFormat, number>>;
  idEnds: Int32Array;
  ids: Int32Array;
  /** One bit per id: 1 where its label is the id, 0 where it is masked. */
  trainedBits: Uint8Array;
  problemEnds: Int32Array;
  /** Indices in `classes`. */
  problems: Int32Array;
  classes: ClassSample[];
}

/** Every buffer of a block, for a transfer. */
export const buffersOf = (result: BlockResult): ArrayBufferLike[] =>
  Object.values(result).flatMap((value) => (ArrayBuffer.isView(value) ? [value.buffer] : []));

export const bitAt = (bits: Uint8Array, index: number): boolean => (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
