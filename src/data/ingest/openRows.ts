/** Opens any file people bring: recognises it by its first bytes, then by its content, then by its name. */
import { sniffEncoding } from '../../formats/kind/encoding';
import { bringData, foreignKind, hasControls } from '../../formats/kind/magic';
import { TunesmithError } from '../../lib/errors';
import { csvFormat, looksLikeCsv } from './csvRows';
import { readFirst } from './fileBytes';
import { jsonFormat } from './jsonRows';
import type { OpenedRows, Scratch } from './rowSource';
import { StreamedRows } from './streamedRows';
import { utf8Head, type TextSource } from './textSource';

/** Enough to see a gzip's inner kind, a JSON file's shape and a CSV's delimiter. */
const headBytes = 1 << 18;

/**
 * Opens a data file; reads no more than its beginning. @param createScratch makes the store of rows for files that are
 * not JSON text as they stand. Throws `data/not-a-data-file` (data: kind), `data/gzip-damaged`, `data/parquet-damaged`,
 * `data/parquet-unsupported`.
 */
export async function openRows(file: File, createScratch: () => Promise<Scratch>): Promise<OpenedRows> {
  const first = await readFirst(file, 1 << 12);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  const compression = isGzip ? 'gzip' : null;
  const inner = isGzip ? await utf8Head({ file, compression, encoding: 'utf-8' }, 1 << 12) : { head: first };
  refuseForeign(inner.head, file.name, isGzip);
  const source: TextSource = { file, compression, encoding: sniffEncoding(inner.head).encoding };
  const { head, isWhole } = await utf8Head(source, headBytes);
  const isTable = !looksLikeJson(head) && isCsv(head, isWhole, file.name);
  const format = isTable ? csvFormat(head, isWhole, file.name) : jsonFormat(head, isWhole);
  return new StreamedRows(source, format, createScratch);
}

/** Names say what a content leaves open: a table of one column, or lines of JSON that all are broken. */
function isCsv(head: Uint8Array, isWhole: boolean, name: string): boolean {
  const extension = /\.(csv|tsv|tab|jsonl|json|ndjson)(\.txt)?(\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
  if (extension === 'csv' || extension === 'tsv' || extension === 'tab') return true;
  const text = new TextDecoder().decode(head);
  if (extension !== undefined || text.trim() === '' || /^\s*[{[]/m.test(text)) return false;
  if (hasControls(head)) throw notData(name, 'a binary file');
  if (!looksLikeCsv(head, isWhole)) throw notData(name, 'plain text without columns');
  return true;
}

/** The first character that is not white space opens an object or a list. */
const looksLikeJson = (head: Uint8Array): boolean =>
  /^(?:\xef\xbb\xbf)?\s*[{[]/.test(new TextDecoder('latin1').decode(head.subarray(0, 1 << 12)));

function refuseForeign(head: Uint8Array, name: string, isInside: boolean): void {
  const foreign = foreignKind(head);
  if (foreign) throw notData(name, `${foreign.what}${isInside ? ' inside of gzip' : ''}`, foreign.remedy);
}

const notData = (name: string, what: string, remedy: string = bringData): TunesmithError =>
  new TunesmithError(
    'data/not-a-data-file',
    `${name}: rows of conversations or text are needed, got ${what}; ${remedy}`,
    { data: { kind: what } },
  );
