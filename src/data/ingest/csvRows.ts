/** CSV and TSV as a streamed format: each record becomes an object of texts. */
import { csvDialect, type CsvDialect } from '../../formats/csv/csvDialect';
import { CsvReader, type CsvRow } from '../../formats/csv/csvRows';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import type { FileKind, RowWarning } from '../../protocol/rows';
import type { ReadRow } from './blockBuilder';
import type { RowSplitter } from './streamedRows';

interface CsvFormat {
  kind: FileKind;
  columns: string[];
  holdsJson: false;
  createSplitter(onRow: (row: ReadRow) => void): RowSplitter;
}

interface HeadDialect extends CsvDialect {
  /** UTF-16 units of the line in which Excel names the delimiter (`sep=;`), without its end; 0 where there is none. */
  skippedUnits: number;
}

/** A table's dialect; what Excel says of the delimiter counts. */
function dialectOf(text: string, isWhole: boolean): HeadDialect {
  const named = /^sep=(.)(?=\r?\n|\r)/i.exec(text);
  if (!named) return { ...csvDialect(text, isWhole), skippedUnits: 0 };
  const [{ length }, delimiter = ','] = named;
  return { ...csvDialect(text.slice(length), isWhole), delimiter, skippedUnits: length };
}

/** Whether a text without any sign of JSON reads well as a table: two columns or more, and nearly every record has as many cells. */
export function looksLikeCsv(head: Uint8Array, isWhole: boolean): boolean {
  const { columns, regularity, records } = dialectOf(new TextDecoder().decode(head), isWhole);
  const regular = Math.round(regularity * records);
  return columns >= 2 && regular >= 2 && (regularity >= 0.9 || records - regular === 1);
}

/** The format of a CSV or TSV file that begins with `head`. @param name the file's, for messages. */
export function csvFormat(head: Uint8Array, isWhole: boolean, name: string): CsvFormat {
  const text = new TextDecoder().decode(head);
  const dialect = dialectOf(text, isWhole);
  const open = (onRow: (row: CsvRow) => void): CsvReader => new CsvReader({ ...dialect, name, onRow });
  const first = open(() => undefined);
  first.push(text.slice(dialect.skippedUnits));
  while (!first.columns && !first.isDone) first.end();
  return {
    kind: dialect.delimiter === '\t' ? 'tsv' : 'csv',
    columns: first.columns ?? [],
    holdsJson: false,
    createSplitter: (onRow) => new CsvSplitter(dialect, name, onRow),
  };
}

const replacement = '\ufffd';

class CsvSplitter implements RowSplitter {
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();
  readonly #reader: CsvReader;
  #isUtf8 = true;
  /** The last two bytes of what was pushed. */
  #tail = new Uint8Array(0);
  /** Units that are still to be skipped; what is left of their line is blank, and counts as a line. */
  #skip: number;

  constructor(dialect: HeadDialect, name: string, onRow: (row: ReadRow) => void) {
    this.#skip = dialect.skippedUnits;
    this.#reader = new CsvReader({ ...dialect, name, onRow: (row) => onRow(this.#toRow(row)) });
  }

  push(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    // U+FFFD stands for bytes that are not UTF-8, unless the file itself holds it: ef bf bd.
    if (text.includes(replacement)) {
      const written = countMarks(chunk) + countMarks(joint(this.#tail, chunk.subarray(0, 2)));
      if (text.split(replacement).length - 1 !== written) this.#isUtf8 = false;
    }
    this.#tail = joint(this.#tail, chunk.subarray(-2)).slice(-2);
    const skipped = Math.min(this.#skip, text.length);
    this.#skip -= skipped;
    this.#reader.push(text.slice(skipped));
  }

  more(): boolean {
    return this.#reader.more();
  }

  get isDone(): boolean {
    return this.#reader.isDone;
  }

  end(): void {
    const rest = this.#decoder.decode();
    if (rest !== '') {
      // A character that the file's end cuts.
      this.#isUtf8 = false;
      this.#reader.push(rest);
    }
    this.#reader.end();
  }

  remarks(): RowWarning[] {
    const { header, missingCells, strayQuotes } = this.#reader.notes;
    const remarks: RowWarning[] = [...header];
    if (missingCells.count > 0)
      remarks.push({
        code: 'data/csv-missing-cells',
        message: `line ${missingCells.line}: ${counted(missingCells.count)} fewer cells than columns, this one first; the missing ones are left out`,
      });
    if (strayQuotes.count > 0)
      remarks.push({
        code: 'data/csv-stray-quote',
        message: `line ${strayQuotes.line}: ${counted(strayQuotes.count)} a double quote inside of a quoted cell, this one first; write it twice`,
      });
    return remarks;
  }

  #toRow({ line, json, error }: CsvRow): ReadRow {
    const bytes = this.#encoder.encode(json);
    const row = { line, start: 0, end: 0, bytes: bytes.length > defaultMaxRowBytes ? null : bytes };
    if (error) return { ...row, error };
    if (this.#isUtf8 || !json.includes(replacement)) return row;
    const message = `line ${line}: UTF-8 is needed, this record holds bytes that are not; save the file as UTF-8`;
    return { ...row, error: { code: 'data/not-utf8', message, data: { line } } };
  }
}

const counted = (count: number): string => (count === 1 ? 'one record has' : `${count} records have`);

/** How often ef bf bd stands in the bytes. */
function countMarks(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(0xef); at >= 0; at = bytes.indexOf(0xef, at + 1))
    if (bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd) count++;
  return count;
}

function joint(before: Uint8Array, after: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}
