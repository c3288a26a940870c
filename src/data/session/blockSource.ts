import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import type { RowBlock } from '../ingest/rowSource';
import type { OpenedFile } from './dataset';
import { readBlock } from './readBlock';
import type { Records } from './records';

/** Rows' bytes for a walk through the file: a block is read once, not row by row. */
export class BlockSource {
  #block: RowBlock | null = null;

  constructor(
    private readonly opened: OpenedFile,
    private readonly records: Records,
  ) {}

  /** Bytes of a row; null for one over the cap. Cheap where rows come in ascending order. */
  async bytes(row: number): Promise<Uint8Array | null> {
    let block = this.#block;
    if (!block || row < block.firstRow || row >= block.firstRow + block.count)
      this.#block = block = await readBlock(this.opened, this.records.original(row).block);
    const index = row - block.firstRow;
    const start = block.starts[index] ?? 0;
    const end = block.starts[index + 1] ?? start;
    const isOverCap = (block.places[index * 2 + 1] ?? 0) - (block.places[index * 2] ?? 0) > defaultMaxRowBytes;
    return isOverCap ? null : block.bytes.subarray(start, end);
  }
}
