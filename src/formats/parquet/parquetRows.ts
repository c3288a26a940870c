/** Rows of a Parquet file as JSON texts, a few at a time: columns are read page by page and walk together. */
import type { SchemaTree } from 'hyparquet';
import { assembleNested } from 'hyparquet/src/assemble.js';
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { ColumnPages } from './columnPages';
import { guarded, parquetDamaged, type ByteRange, type ParquetFile, type RowGroup } from './parquetMetadata';
import { plainParsers, plainValue } from './plainValues';

/** Neighbouring rows: JSON texts, `firstRow` counts the file's rows from 0. */
export interface ParquetBatch {
  firstRow: number;
  rows: string[];
}

/** Rows that are put together at once. */
const batchRows = 128;

/**
 * All rows in order. An empty batch after each page lets the caller give way to others.
 * @param onBytes bytes of columns read so far. Throws `data/parquet-damaged` or `data/parquet-unsupported`.
 */
export async function* parquetRows(file: ByteRange, parquet: ParquetFile): AsyncGenerator<ParquetBatch> {
  for (const group of parquet.groups) if (group.rows > 0) yield* groupRows(file, parquet, group);
}

async function* groupRows(file: ByteRange, parquet: ParquetFile, group: RowGroup): AsyncGenerator<ParquetBatch> {
  const { name, schema } = parquet;
  const pages = guarded(name, 'its schema', () =>
    group.columns.map((chunk) => new ColumnPages(file, name, chunk, schema)),
  );
  const fields = schema.children.map((field) => ({
    field,
    key: `${JSON.stringify(field.element.name)}:`,
    pages: pages.filter(({ path }) => path[0] === field.element.name),
  }));
  const parsers = { ...DEFAULT_PARSERS, ...plainParsers };
  for (let done = 0; done < group.rows;) {
    let count = Math.min(batchRows, group.rows - done);
    for (const column of pages) {
      while (column.available < 1) {
        if (column.isAtEnd) {
          const where = JSON.stringify(column.path.join('.'));
          throw parquetDamaged(name, `column ${where} of this one ends at row ${group.firstRow + done + 1}`);
        }
        await column.readPage();
        yield { firstRow: group.firstRow + done, rows: [] };
      }
      count = Math.min(count, column.available);
    }
    const values = fields.map(({ field, pages: own }) =>
      guarded(name, `column ${JSON.stringify(field.element.name)}`, () => fieldValues(field, own, count)),
    );
    const rows: string[] = [];
    for (let row = 0; row < count; row++) {
      const members = fields.map(({ key }, index) => key + JSON.stringify(plainValue(values[index]?.[row])));
      rows.push(`{${members.join(',')}}`);
    }
    yield { firstRow: group.firstRow + done, rows };
    done += count;
  }

  /** Values of a top-level column: of one leaf, or put together from several. */
  function fieldValues(field: SchemaTree, own: ColumnPages[], count: number): readonly unknown[] {
    if (own.length === 0) return [];
    if (field.children.length === 0) return own[0]?.take(count) ?? [];
    const leaves = new Map<string, unknown[]>(own.map((column) => [column.path.join('.'), column.take(count)]));
    assembleNested(leaves, field, parsers);
    return leaves.get(field.path.join('.')) ?? [];
  }
}
