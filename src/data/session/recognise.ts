import type { ColumnFacts, Detection } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import { readRow } from '../../formats/jsonl/readRow';
import type { OpenedRows } from '../ingest/rowSource';
import { columnFacts } from '../judge/columnFacts';
import { detectFormat } from '../judge/detect';

/** Rows that a file is recognised by. */
const lookedAtRows = 200;

/** What the first rows say of a file. Rows that can't be read have no say. */
export interface Recognised {
  values: unknown[];
  columns: ColumnFacts[];
  fileColumns: string[] | null;
}

/** Reads the first rows of a file. */
export async function lookAt(rows: OpenedRows): Promise<Recognised> {
  const values: unknown[] = [];
  for (const { line, bytes } of await rows.head(lookedAtRows)) {
    try {
      values.push(readRow(bytes, line, defaultMaxRowBytes).value);
    } catch {
      // Judged and reported when its turn comes.
    }
  }
  return { values, columns: columnFacts(values, rows.columns), fileColumns: rows.columns };
}

/** The format of a file under a recipe. */
export const detect = ({ values, fileColumns }: Recognised, { dataset }: Recipe): Detection =>
  detectFormat(values, fileColumns, dataset);
