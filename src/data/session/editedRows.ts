import { BlockBuilder } from './blockBuilder';
import type { BlockResult } from './blockResult';
import type { ProcessedRow } from './processRow';

const rowsOfBlock = 256;

/** Rows that edits change, gathered into blocks: a block for each would take 3.5 kB a row, most of it for its arrays. */
export class EditedRows {
  readonly #blocks: { rows: number[]; block: BlockResult }[] = [];
  #rows: number[] = [];
  #builder: BlockBuilder | null = null;

  /** @param left rows that are still to come, at most. */
  constructor(private left: number) {}

  /** Adds a row. @param place first byte and one past the last in the row store. */
  add(row: number, processed: ProcessedRow, line: number, place: readonly [number, number]): void {
    this.#builder ??= new BlockBuilder(row, Math.min(rowsOfBlock, this.left));
    this.#builder.add(processed, line, place);
    this.#rows.push(row);
    this.left--;
    if (this.#rows.length === rowsOfBlock) this.#close();
  }

  /** Hands every row that was added to `onRow`, with the block and the index where its columns are. */
  forEach(onRow: (row: number, block: BlockResult, index: number) => void): void {
    this.#close();
    for (const { rows, block } of this.#blocks) rows.forEach((row, index) => onRow(row, block, index));
  }

  #close(): void {
    if (this.#builder) this.#blocks.push({ rows: this.#rows, block: this.#builder.finish() });
    this.#rows = [];
    this.#builder = null;
  }
}
