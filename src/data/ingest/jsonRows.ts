/** JSON text as a streamed format: lines, one array, an array inside of an object, or printed values. */
import { jsonShape } from '../../formats/jsonl/jsonShape';
import { RawRowReader } from '../../formats/jsonl/rawRows';
import type { FileKind, RowWarning } from '../../protocol/rows';
import type { ReadRow } from './blockBuilder';
import type { RowSplitter } from './streamedRows';

interface JsonFormat {
  kind: FileKind;
  columns: null;
  holdsJson: true;
  createSplitter(onRow: (row: ReadRow) => void): RowSplitter;
}

/** The format of JSON text that begins with `head`. */
export function jsonFormat(head: Uint8Array, isWhole: boolean): JsonFormat {
  const { shape, arrayAt, arrayKey, lineEnd } = jsonShape(head, isWhole);
  return {
    kind: shape === 'lines' ? 'jsonl' : 'json',
    columns: null,
    holdsJson: true,
    createSplitter: (onRow) => {
      const reader = new RawRowReader(onRow, { shape, arrayAt, lineEnd });
      return {
        push: (chunk) => reader.push(chunk),
        more: () => false,
        isDone: true,
        end: () => reader.end(),
        remarks: () => [...arrayRemarks(reader, arrayKey), ...(lineEnd === '\r' ? [loneReturns] : [])],
      };
    },
  };
}

const loneReturns: RowWarning = {
  code: 'data/cr-line-ends',
  message: 'file: lines end in a carriage return alone, as on old Macs; they are read as lines',
};

function arrayRemarks({ shape, isComplete, arrayLine, restLine }: RawRowReader, key: string | null): RowWarning[] {
  if (shape !== 'array') return [];
  const list = key === null ? 'the array' : `the array under ${JSON.stringify(key)}`;
  if (!isComplete)
    return [
      {
        code: 'data/unclosed-array',
        message: `line ${arrayLine}: ${list} that opens here is never closed; the file may be cut off, its rows are used up to there`,
      },
    ];
  if (restLine === null) return [];
  return [
    {
      code: 'data/text-after-rows',
      message: `line ${restLine}: ${list} has ended, and what follows it here is not read; put other rows into a file of their own`,
    },
  ];
}
