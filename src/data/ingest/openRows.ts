/** Opens any file people bring: recognises it by its first bytes, then by its content, then by its name. */
import { sniffEncoding } from '../../formats/kind/encoding';
import { bringData, foreignKind, startsWith, controlShare } from '../../formats/kind/magic';
import { TunesmithError } from '../../lib/errors';
import { readFirst } from './fileBytes';
import { jsonFormat } from './jsonRows';
import type { OpenedRows, Scratch } from './rowSource';
import { StreamedRows } from './streamedRows';
import { utf8Head, type TextSource } from './textSource';

/** Enough to see a gzip's inner kind, a JSON file's shape and a CSV's delimiter. */
const headBytes = 1 << 18;

/**
 * Opens a data file; reads no more than its beginning, but for gzipped Parquet, which is unzipped. @param createScratch
 * makes the store of rows for files that are not JSON text as they stand. @param isCancelled true ends the unzipping.
 * Throws `data/not-a-data-file` (data: kind), `data/gzip-damaged`, `data/parquet-damaged`, `data/parquet-unsupported`,
 * `data/cancelled`.
 */
export async function openRows(
  file: File,
  createScratch: () => Promise<Scratch>,
  isCancelled: () => boolean = () => false,
): Promise<OpenedRows> {
  const first = await readFirst(file, 1 << 12);
  const isGzip = first[0] === 0x1f && first[1] === 0x8b;
  const compression = isGzip ? 'gzip' : null;
  const inner = isGzip ? await utf8Head({ file, compression, encoding: 'utf-8' }, 1 << 12) : { head: first };
  if (startsWith(inner.head, 'PAR1') || startsWith(inner.head, 'PARE')) {
    const { openParquet } = await import('./parquetRows');
    return openParquet(file, compression, createScratch, isCancelled);
  }
  refuseForeign(inner.head, file.name, isGzip);
  const source: TextSource = { file, compression, encoding: sniffEncoding(inner.head).encoding };
  const { head, isWhole } = await utf8Head(source, headBytes);
  if (looksLikeJson(head)) return new StreamedRows(source, jsonFormat(head, isWhole), createScratch);
  if (controlShare(head) > maxControlShare) throw notData(file.name, 'a binary file');
  // Papa Parse comes with the first table.
  const { csvFormat, looksLikeCsv } = await import('./csvRows');
  const isTable = isNamedTable(file.name) ?? (!hasJsonLine(head) && looksLikeCsv(head, isWhole));
  if (isTable) return new StreamedRows(source, csvFormat(head, isWhole, file.name), createScratch);
  if (isNamedTable(file.name) === null && head.length > 0 && !hasJsonLine(head))
    throw notData(file.name, 'plain text without columns');
  return new StreamedRows(source, jsonFormat(head, isWhole), createScratch);
}

/** Text has hardly any; a NUL here and there is the problem of its row. */
const maxControlShare = 0.02;

/** A name says what a content leaves open: a table of one column (true), lines of JSON that all are broken (false). */
function isNamedTable(name: string): boolean | null {
  const extension = /\.(csv|tsv|tab|jsonl|json|ndjson)(\.txt)?(\.gz)?$/i.exec(name)?.[1]?.toLowerCase();
  return extension === undefined ? null : extension === 'csv' || extension === 'tsv' || extension === 'tab';
}

const hasJsonLine = (head: Uint8Array): boolean => /^\s*[{[]/m.test(new TextDecoder('latin1').decode(head));

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
