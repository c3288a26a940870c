import type { RowBlock } from '../ingest/rowSource';
import { BlockBuilder } from './blockBuilder';
import type { BlockResult } from './blockResult';
import { processRow, type RowContext } from './processRow';

/** Processes a block of rows as they stand in the file, here or in another thread: the same function, the same arrays. */
export function processBlock(block: RowBlock, context: RowContext): BlockResult {
  const builder = new BlockBuilder(block.firstRow, block.count);
  const errors = new Map(block.errors.map(({ index, error }) => [index, error]));
  for (let index = 0; index < block.count; index++) {
    const row = block.firstRow + index;
    const line = block.lines[index] ?? 0;
    const start = block.starts[index] ?? 0;
    const end = block.starts[index + 1] ?? start;
    const place = [block.places[index * 2] ?? 0, block.places[index * 2 + 1] ?? 0] as const;
    // An empty row with a place is one over the cap.
    const bytes = start === end && place[1] > place[0] ? null : block.bytes.subarray(start, end);
    builder.add(processRow(bytes, { row, line }, context, undefined, errors.get(index) ?? null), line, place);
  }
  return builder.finish();
}
