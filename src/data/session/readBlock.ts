import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import type { RowBlock } from '../ingest/rowSource';
import type { BlockResult } from './blockResult';
import type { OpenedFile } from './dataset';

/** Rows further apart than this are read one by one. */
const longestRead = defaultMaxRowBytes * 2;

/** The rows of a known block once more, from the row store. */
export async function readBlock({ rows, formatErrors }: OpenedFile, known: BlockResult): Promise<RowBlock> {
  const { count, firstRow, places } = known;
  const start = places[0] ?? 0;
  const end = places[count * 2 - 1] ?? start;
  const together = end - start <= longestRead ? await rows.bytes(start, end) : null;
  const parts: Uint8Array[] = [];
  const starts = new Int32Array(count + 1);
  for (let index = 0; index < count; index++) {
    const from = places[index * 2] ?? 0;
    const to = places[index * 2 + 1] ?? from;
    let part: Uint8Array = new Uint8Array();
    if (to - from <= defaultMaxRowBytes)
      part = together ? together.subarray(from - start, to - start) : await rows.bytes(from, to);
    parts.push(part);
    starts[index + 1] = (starts[index] ?? 0) + part.length;
  }
  const bytes = new Uint8Array(starts[count] ?? 0);
  parts.forEach((part, index) => bytes.set(part, starts[index]));
  const errors: RowBlock['errors'] = [];
  for (let index = 0; index < count; index++) {
    const error = formatErrors.get(firstRow + index);
    if (error) errors.push({ index, error });
  }
  return { firstRow, count, lines: known.lines.slice(), places: places.slice(), bytes, starts, errors };
}
