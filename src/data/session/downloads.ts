/** Files that a person takes away: the rows that are broken, and the data as it is used. */
import { rowText } from '../../formats/jsonl/readRow';
import { conversationToLine } from '../edits/serialize';
import type { Dataset } from './dataset';
import { broken } from './blockResult';
import { column } from './records';

/** Lines gathered before they become a part of the Blob, which the browser may keep on disk. */
const partUnits = 1 << 20;

async function jsonLines(lines: AsyncIterable<string>): Promise<Blob> {
  const parts: Blob[] = [];
  let pending: string[] = [];
  let units = 0;
  for await (const line of lines) {
    pending.push(line, '\n');
    units += line.length;
    if (units < partUnits) continue;
    parts.push(new Blob(pending));
    [pending, units] = [[], 0];
  }
  return new Blob([...parts, ...pending], { type: 'application/jsonl' });
}

/** Each broken row as one line: `{row, line, error, source}`; `source` is the row as it stands in the file. */
export const brokenRowsFile = (dataset: Dataset): Promise<Blob> => jsonLines(brokenLines(dataset));

async function* brokenLines(dataset: Dataset): AsyncGenerator<string> {
  for (const place of dataset.records) {
    if (column(place, 'status') !== broken) continue;
    const { processed, bytes } = await dataset.processed(place.row);
    if (processed.ok) continue;
    const { code, message, path } = processed.error;
    yield JSON.stringify({
      row: place.row,
      line: column(place, 'lines'),
      error: { code, message, ...(path === undefined ? {} : { path }) },
      source: rowText(bytes),
    });
  }
}

/** Every usable row that no fix and no filter leaves out as `messages` JSONL: fixes applied, weights set by hand kept. */
export const editedFile = (dataset: Dataset): Promise<Blob> => jsonLines(usedLines(dataset));

async function* usedLines(dataset: Dataset): AsyncGenerator<string> {
  for (const place of dataset.records) {
    if (column(place, 'status') === broken || dataset.isLeftOut(place.row)) continue;
    const { processed } = await dataset.processed(place.row);
    if (processed.ok) yield conversationToLine(processed.conversation);
  }
}
