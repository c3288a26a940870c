/**
 * Rows of CSV and TSV text from a stream of strings, by Papa Parse: each record after the first becomes an object of
 * texts under the names of the first. Memory is bounded by the longest record.
 */
import Papa from 'papaparse';
import type { ErrorRecord } from '../../lib/errors';
import { TunesmithError } from '../../lib/errors';
import { columnNames, type HeaderRemark } from './csvHeader';

export interface CsvRow {
  /** 1-based line where the record begins. */
  line: number;
  /** The row as JSON text; of a record that can't be read, what there is of it. */
  json: string;
  error: ErrorRecord | null;
}

interface CsvOptions {
  delimiter: string;
  lineEnd: '\n' | '\r';
  /** For messages. */
  name: string;
  onRow(row: CsvRow): void;
  /** Longest record in UTF-16 units; four million by default, a million tokens. */
  maxRecordUnits?: number;
}

/** Read at once, so that the caller may let others work between two parts. */
const partUnits = 1 << 17;

/** Unclosed quotes that are passed over before the file is given up. */
const maxUnclosed = 10;
const shownUnits = 2000;

/** What the reading noticed about the file as a whole: how often, and the first line. */
export interface CsvNotes {
  header: HeaderRemark[];
  missingCells: { count: number; line: number };
  strayQuotes: { count: number; line: number };
}

/** Push text, get rows: `push`, `more` while it is true, …, `end` until `isDone`. */
export class CsvReader {
  columns: string[] | null = null;
  readonly notes: CsvNotes = {
    header: [],
    missingCells: { count: 0, line: 0 },
    strayQuotes: { count: 0, line: 0 },
  };
  readonly #parser: Papa.Parser;
  readonly #lineEnd: string;
  readonly #maxUnits: number;
  /** `"name":` of each column. */
  #keys: string[] = [];
  /** Pushed, and not looked at yet. */
  #backlog = '';
  #pending = '';
  /** Pending text is parsed again only when it has doubled, so that a long record costs linear time. */
  #triedUnits = 0;
  #line = 1;
  #isSkipping = false;
  #unclosed = 0;
  /** In the text that is being parsed: where the present record begins, and the cell that a quote opens and none closes. */
  #recordAt = 0;
  #openQuoteAt = -1;
  /** What becomes of a record that the text ends in: kept for more text, taken as it is, or only looked at. */
  #lastRecord: 'wait' | 'take' | 'look' = 'wait';

  constructor(private readonly options: CsvOptions) {
    this.#lineEnd = options.lineEnd;
    this.#maxUnits = options.maxRecordUnits ?? 1 << 22;
    this.#parser = new Papa.Parser({
      delimiter: options.delimiter,
      newline: options.lineEnd,
      step: (result: Papa.ParseStepResult<unknown>) => this.#record(result as unknown as Papa.ParseResult<string[]>),
    });
  }

  /** Nothing is left to read after `end`. */
  get isDone(): boolean {
    return this.#backlog === '' && this.#pending === '';
  }

  /**
   * Takes a piece of the text, which may end anywhere, in a record too; reads a first part of it. Then call `more`.
   * Throws `data/csv-unclosed-quote` past ten of them, as `more` and `end` do.
   */
  push(text: string): void {
    this.#backlog += text;
    this.more();
  }

  /** Reads a further part of what was pushed; false when there was none. */
  more(): boolean {
    if (this.#backlog === '') return false;
    const part = this.#backlog.slice(0, partUnits);
    this.#backlog = this.#backlog.slice(partUnits);
    this.#feed(part);
    return true;
  }

  /** Ends the text: the last record may lack its line end. Call `more` and `end` again until it is done. */
  end(): void {
    if (this.more() || this.#pending === '') return;
    this.#parse('take');
    if (this.#openQuoteAt >= 0) this.#skipUnclosed();
    else this.#pending = '';
  }

  #feed(text: string): void {
    let piece = text;
    if (this.#isSkipping) {
      const end = piece.indexOf(this.#lineEnd);
      if (end < 0) return;
      piece = piece.slice(end + 1);
      this.#line++;
      this.#isSkipping = false;
    }
    this.#pending += piece;
    if (this.#pending === '' || this.#pending.length < 2 * this.#triedUnits) return;
    this.#parse('wait');
    if (this.#pending.length > this.#maxUnits) this.#giveUpRecord();
  }

  /** Parses the pending text's records, and keeps what is left of it. */
  #parse(lastRecord: 'wait' | 'take' | 'look'): void {
    this.#lastRecord = lastRecord;
    this.#recordAt = 0;
    this.#openQuoteAt = -1;
    const { meta } = this.#parser.parse(this.#pending, 0, lastRecord === 'wait') as { meta: { cursor: number } };
    if (lastRecord !== 'wait') return;
    this.#pending = this.#pending.slice(meta.cursor);
    this.#triedUnits = this.#pending.length;
  }

  #record({ data, errors, meta }: Papa.ParseResult<string[]>): void {
    let stray = 0;
    for (const { code, index } of errors) {
      if (code === 'MissingQuotes') this.#openQuoteAt = index ?? 0;
      else if (code === 'InvalidQuotes') stray++;
    }
    if (this.#openQuoteAt >= 0 || this.#lastRecord === 'look') return;
    if (stray > 0) note(this.notes.strayQuotes, this.#line);
    this.#recordAt = meta.cursor;
    const [cells] = data;
    if (cells) this.#readCells(cells);
  }

  #readCells(cells: string[]): void {
    const line = this.#line++;
    for (const cell of cells) this.#line += countOf(cell, this.#lineEnd);
    const last = cells.length - 1;
    const end = cells[last] ?? '';
    if (this.#lineEnd === '\n' && end.endsWith('\r')) cells[last] = end.slice(0, -1);
    if (last === 0 && cells[0]?.trim() === '') return;
    if (!this.columns) {
      const { names, remarks } = columnNames(cells, line);
      this.columns = names;
      this.notes.header.push(...remarks);
      this.#keys = names.map((name) => `${JSON.stringify(name)}:`);
      return;
    }
    this.#emit(cells, line);
  }

  #emit(cells: string[], line: number): void {
    const { length } = this.#keys;
    const shared = Math.min(cells.length, length);
    let json = '{';
    for (let index = 0; index < shared; index++)
      json += `${index === 0 ? '' : ','}${this.#keys[index] ?? ''}${JSON.stringify(cells[index])}`;
    const extra = cells.slice(length);
    if (cells.length < length) note(this.notes.missingCells, line);
    if (!extra.some((cell) => cell !== '')) {
      this.options.onRow({ line, json: `${json}}`, error: null });
      return;
    }
    const message = `line ${line}: as many cells as columns (${length}) are needed, got ${cells.length}; put the cell that holds the delimiter ${JSON.stringify(this.options.delimiter)} into double quotes`;
    const error: ErrorRecord = { code: 'data/csv-extra-cells', message, data: { line, cells: cells.length } };
    this.options.onRow({ line, json: `${json},"(extra cells)":${JSON.stringify(extra)}}`, error });
  }

  /** A record is longer than may be: because of a quote that nobody closed, or by itself. */
  #giveUpRecord(): void {
    this.#parse('look');
    if (this.#openQuoteAt >= 0) {
      this.#skipUnclosed();
      return;
    }
    const message = `line ${this.#line}: a record may be ${this.#maxUnits >> 20} million characters long, this one is longer; split it`;
    const error: ErrorRecord = { code: 'data/line-too-long', message, data: { line: this.#line } };
    this.options.onRow({ line: this.#line, json: JSON.stringify(this.#pending.slice(0, shownUnits)), error });
    this.#pending = '';
    this.#triedUnits = 0;
    this.#isSkipping = true;
  }

  /** Gives the record in which a quote opens and never closes as an error, and goes on with the line after that quote. */
  #skipUnclosed(): void {
    const text = this.#pending.slice(this.#recordAt);
    const quoteAt = this.#openQuoteAt - this.#recordAt;
    const line = this.#line + countOf(text.slice(0, quoteAt), this.#lineEnd);
    const message = `line ${line}: a double quote that opens a cell needs one that closes it, got none up to the end of the file or of the ${this.#maxUnits >> 20} million characters that a record may have; close it, or write a quote inside of a cell twice`;
    const error: ErrorRecord = { code: 'data/csv-unclosed-quote', message, data: { line } };
    if (++this.#unclosed > maxUnclosed)
      throw new TunesmithError(error.code, `${this.options.name}: ${message}`, { data: { line } });
    this.options.onRow({ line: this.#line, json: JSON.stringify(text.slice(0, shownUnits)), error });
    const lineEnd = text.indexOf(this.#lineEnd, quoteAt);
    this.#backlog = (lineEnd < 0 ? '' : text.slice(lineEnd + 1)) + this.#backlog;
    this.#pending = '';
    this.#triedUnits = 0;
    this.#line = line + 1;
  }
}

function note(place: { count: number; line: number }, line: number): void {
  if (place.count++ === 0) place.line = line;
}

function countOf(text: string, character: string): number {
  let count = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) count++;
  return count;
}
