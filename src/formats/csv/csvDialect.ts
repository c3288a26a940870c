/** How a CSV file separates its cells and lines, from its first characters. */
import Papa from 'papaparse';

export interface CsvDialect {
  delimiter: string;
  lineEnd: '\n' | '\r';
  /** Cells of the first record. */
  columns: number;
  /** Share of the first records that have as many cells as the header, 0 to 1. */
  regularity: number;
  /** Records looked at, the header included. */
  records: number;
}

const delimiters = [',', '\t', ';', '|'];
const sampleRecords = 50;

/** The dialect of a text that begins with `head`. @param isWhole the head is the whole text: its last record is whole too. */
export function csvDialect(head: string, isWhole: boolean): CsvDialect {
  const lineEnd = !head.includes('\n') && head.includes('\r') ? '\r' : '\n';
  const text = head.startsWith('\ufeff') ? head.slice(1) : head;
  const tried = delimiters.map((delimiter) => tryDelimiter(text, delimiter, lineEnd, isWhole));
  // The most regular one with at least two columns; among equals the one with more columns.
  const score = ({ columns, regularity }: CsvDialect): number =>
    columns < 2 ? 0 : regularity + Math.min(columns, 50) / 1000;
  return tried.reduce((best, each) => (score(each) > score(best) ? each : best));
}

function tryDelimiter(text: string, delimiter: string, lineEnd: '\n' | '\r', isWhole: boolean): CsvDialect {
  // Half a record at the head's end says nothing; the header alone may be longer than the head.
  const parser = new Papa.Parser({ delimiter, newline: lineEnd, preview: sampleRecords });
  const parsed = parser.parse(text, 0, !isWhole) as { data: string[][] };
  const records = parsed.data.filter((cells) => cells.length > 1 || cells[0]?.trim() !== '');
  const columns = records[0]?.length ?? 0;
  const regular = records.filter((cells) => cells.length === columns).length;
  return {
    delimiter,
    lineEnd,
    columns,
    regularity: records.length === 0 ? 0 : regular / records.length,
    records: records.length,
  };
}
