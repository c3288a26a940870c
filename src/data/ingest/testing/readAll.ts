/** For tests: everything that a file's reading gives. */
import type { RowWarning } from '../../../protocol/rows';
import { createMemoryScratch } from '../memoryScratch';
import { openRows } from '../openRows';
import type { OpenedRows, ReadRowsOptions, RowBlock } from '../rowSource';

export interface AllRows {
  opened: OpenedRows;
  blocks: RowBlock[];
  rows: { line: number; text: string; stored: string; error: string | null }[];
  sha256: string;
  remarks: RowWarning[];
}

export const fileOf = (name: string, ...parts: BlobPart[]): File => new File(parts, name);

/** Opens and reads a file whole; each row with its text from the block, and again from the row store. */
export async function readAll(file: File, options: Partial<ReadRowsOptions> = {}): Promise<AllRows> {
  const opened = await openRows(file, createMemoryScratch);
  const blocks: RowBlock[] = [];
  const { sha256, remarks } = await opened.read({
    onBlock: (block) => void blocks.push(block),
    onProgress: () => undefined,
    isCancelled: () => false,
    ...options,
  });
  const decoder = new TextDecoder();
  const rows: AllRows['rows'] = [];
  for (const { count, lines, places, bytes, starts, errors } of blocks) {
    for (let index = 0; index < count; index++) {
      // Each is a task of its own: all of a small file, samples of a large one.
      const isRead = blocks.length < 3 || index % 97 === 0;
      const own = bytes.subarray(starts[index], starts[index + 1]);
      const store = isRead ? await opened.bytes(places[index * 2] ?? 0, places[index * 2 + 1] ?? 0) : own;
      rows.push({
        line: lines[index] ?? 0,
        text: decoder.decode(own),
        stored: decoder.decode(store),
        error: errors.find((each) => each.index === index)?.error.code ?? null,
      });
    }
  }
  return { opened, blocks, rows, sha256, remarks };
}
