import type { RowSplit, RowView } from '../../protocol/rows';
import { rowText } from '../../formats/jsonl/readRow';
import type { ProcessedRow } from './processRow';

const sourceUnits = 2000;

interface ViewFacts {
  row: number;
  line: number;
  bytes: Uint8Array | null;
  split: RowSplit;
  dropped: boolean;
}

/** A processed row as the page shows it. @param arrays the trainer's own, where there are some. */
export function viewRow(
  processed: ProcessedRow,
  { row, line, bytes, split, dropped }: ViewFacts,
  arrays: { inputIds: Int32Array; labels: Int32Array } | null = null,
): RowView {
  if (!processed.ok)
    return {
      ok: false,
      row,
      line,
      error: processed.error,
      source: rowText(bytes).trim().slice(0, sourceUnits),
      dropped,
    };
  const { text, ids, labels, offsets, turns, fit, truncated, places } = processed.labelled;
  const { contents, note } = places();
  return {
    ok: true,
    row,
    line,
    text,
    inputIds: Array.from(arrays?.inputIds ?? ids),
    labels: Array.from(arrays?.labels ?? labels),
    offsets: Array.from(offsets),
    turns,
    fit,
    truncated,
    warnings: processed.warnings,
    split,
    dropped,
    edited: processed.edited,
    contents,
    placesNote: note,
  };
}
