/** A data file as the trainer's arrays: read once in a stream, kept packed; texts are rendered again when they are shown. */
import { TunesmithError } from '../../lib/errors';
import { defaultMaxRowBytes, RawRowReader, type RawRow } from '../../formats/jsonl/rawRows';
import { rowText } from '../../formats/jsonl/readRow';
import type { DataProgress } from '../../protocol/dataApi';
import { ignoreLabel, type ExampleTable } from '../../protocol/example';
import type { DatasetSummary, RowView } from '../../protocol/rows';
import { Sha256 } from '../../lib/sha256Stream';
import { isTrained } from '../label/labelRow';
import { splitRows, type Split } from '../split/split';
import { GrowableInts } from './growable';
import type { RunContext } from './modelContext';
import { ProblemCounter } from './problemCounter';
import { processRow, type ProcessedRow } from './processRow';
import { blockerOf, mostlyMasked } from './verdict';

interface ReadOptions {
  onProgress: (progress: DataProgress) => void;
  isCancelled: () => boolean;
}

const sourceUnits = 2000;
const chunkBytes = 1 << 16;
const progressEveryMs = 100;

/** Status of a row of the file. */
const broken = 0;
const masked = 1;
const trainable = 2;

export class Dataset {
  readonly summary: DatasetSummary;
  readonly split: Split;

  private constructor(
    private readonly file: File,
    readonly context: RunContext,
    private readonly packed: PackedRows,
    fileFacts: { dataHash: string; datasetId: string },
  ) {
    const { recipe } = context;
    const candidates = packed.candidates();
    const split = splitRows(candidates.length, recipe.dataset, recipe.training.seed);
    const rowsOf = (indices: Uint32Array): Uint32Array => indices.map((index) => candidates[index] ?? 0);
    this.split = { train: rowsOf(split.train), validation: rowsOf(split.validation), test: rowsOf(split.test) };
    const { counter, facts } = packed;
    const remark = mostlyMasked(facts);
    if (remark) counter.add(remark.code, 'warning', remark.message, 0);
    this.summary = {
      datasetId: fileFacts.datasetId,
      fileName: file.name,
      sizeBytes: file.size,
      format:
        packed.formats.size > 1
          ? [...packed.formats].sort().join(' + ')
          : ([...packed.formats][0] ?? recipe.dataset.format),
      rows: packed.count,
      usableRows: facts.usableRows,
      brokenRows: packed.count - facts.usableRows,
      maskedRows: facts.maskedRows,
      tokens: facts.tokens,
      trainedTokens: facts.trainedTokens,
      longestTokens: facts.longestTokens,
      roles: Object.fromEntries(packed.roles),
      problems: counter.classes(),
      templateNote: context.template.note,
      spanNote: context.spanNote,
      trainRows: this.split.train.length,
      validationRows: this.split.validation.length,
      dataHash: fileFacts.dataHash,
      blocker: blockerOf({ rows: packed.count, ...facts }, recipe),
    };
  }

  /** Reads, judges, renders, tokenizes and labels a file. Throws `data/cancelled`, or `data/binary-file`. */
  static async open(file: File, context: RunContext, { onProgress, isCancelled }: ReadOptions): Promise<Dataset> {
    const hash = new Sha256();
    const packed = new PackedRows(context);
    const reader = new RawRowReader((row) => packed.add(row));
    let doneBytes = 0;
    let reportedAt = -Infinity;
    let yieldedAt = performance.now();
    for (;;) {
      // Slices rather than one stream: each is awaited, so that a cancel or another call gets its turn.
      const chunk = await readBytes(file, doneBytes, Math.min(file.size, doneBytes + chunkBytes));
      if (chunk.length === 0) break;
      if (doneBytes === 0) refuseBinary(chunk, file.name);
      hash.update(chunk);
      reader.push(chunk);
      doneBytes += chunk.length;
      const now = performance.now();
      if (now - reportedAt >= progressEveryMs) {
        onProgress({ phase: 'tokenize', doneBytes, totalBytes: file.size, rows: packed.count });
        reportedAt = now;
      }
      if (now - yieldedAt >= 30) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        yieldedAt = performance.now();
      }
      if (isCancelled())
        throw new TunesmithError('data/cancelled', `${file.name}: reading was cancelled; open it again to go on`);
    }
    reader.end();
    onProgress({ phase: 'tokenize', doneBytes, totalBytes: file.size, rows: packed.count });
    return new Dataset(file, context, packed, {
      dataHash: hash.hex(),
      datasetId: `${file.name}-${Date.now().toString(36)}`,
    });
  }

  /** Rows of the file in order, rendered again for their texts; ids and labels are the packed ones. */
  async rows(from: number, count: number): Promise<RowView[]> {
    const first = Math.max(0, Math.trunc(from));
    const last = Math.min(this.packed.count, first + Math.max(0, Math.trunc(count)));
    const views: RowView[] = [];
    for (let row = first; row < last; row++) views.push(await this.#view(row));
    return views;
  }

  async #view(row: number): Promise<RowView> {
    const { line, bytes, processed } = await this.processed(row);
    if (!processed.ok)
      return { ok: false, row, line, error: processed.error, source: rowText(bytes).trim().slice(0, sourceUnits) };
    const { text, offsets, turns, fit, truncated, ids } = processed.labelled;
    const [inputIds, labels] = this.packed.arrays(row);
    if (ids.length !== inputIds.length || ids.some((id, index) => id !== inputIds[index]))
      throw fileChanged(this.file.name);
    return {
      ok: true,
      row,
      line,
      text,
      inputIds: Array.from(inputIds),
      labels: Array.from(labels),
      offsets,
      turns,
      fit,
      truncated,
      warnings: processed.warnings,
    };
  }

  /** A row read and processed again. */
  async processed(row: number): Promise<{ line: number; bytes: Uint8Array | null; processed: ProcessedRow }> {
    const { line, start, end } = this.packed.place(row);
    const isTooLong = end - start > defaultMaxRowBytes;
    const bytes = await readBytes(this.file, start, isTooLong ? start + sourceUnits * 4 : end);
    return { line, bytes, processed: processRow(isTooLong ? null : bytes, { row, line }, this.context) };
  }

  /** Every row that can be trained on, in file order. */
  allRows(): Uint32Array {
    return this.packed.trainable();
  }

  /** These rows as one table, copied. */
  table(rows: Uint32Array): ExampleTable {
    const offsets = new Uint32Array(rows.length + 1);
    rows.forEach((row, index) => (offsets[index + 1] = (offsets[index] ?? 0) + this.packed.arrays(row)[0].length));
    const total = offsets[rows.length] ?? 0;
    const inputIds = new Int32Array(total);
    const labels = new Int32Array(total);
    rows.forEach((row, index) => {
      const [ids, marks] = this.packed.arrays(row);
      inputIds.set(ids, offsets[index]);
      labels.set(marks, offsets[index]);
    });
    return { inputIds, labels, offsets, rows: rows.slice() };
  }
}

/** Packed arrays of a file's rows, filled row by row. */
class PackedRows {
  count = 0;
  readonly counter = new ProblemCounter();
  readonly roles = new Map<string, number>();
  readonly formats = new Set<string>();
  readonly facts = {
    usableRows: 0,
    maskedRows: 0,
    truncatedAwayRows: 0,
    tokens: 0,
    trainedTokens: 0,
    longestTokens: 0,
  };
  readonly #status = new GrowableInts();
  readonly #lines = new GrowableInts();
  /** Byte ranges: two numbers a row, kept as doubles because files may pass 2 GiB. */
  readonly #places: number[] = [];
  readonly #ids = new GrowableInts();
  readonly #labels = new GrowableInts();
  readonly #ends = new GrowableInts();
  readonly #seen = new Set<string>();
  readonly #duplicates = new Set<number>();

  constructor(private readonly context: RunContext) {}

  add({ line, start, end, bytes }: RawRow): void {
    const row = this.count++;
    this.#lines.push(line);
    this.#places.push(start, end);
    const processed = processRow(bytes, { row, line }, this.context);
    this.counter.addWarnings(row, processed.warnings);
    if (processed.ok) this.#addUsable(row, processed);
    else {
      this.counter.addError(row, processed.error);
      this.#status.push(broken);
    }
    this.#ends.push(this.#ids.length);
  }

  #addUsable(row: number, { conversation, format, labelled }: ProcessedRow & { ok: true }): void {
    const { facts } = this;
    const { ids, labels, fit } = labelled;
    this.formats.add(format);
    for (const { role } of conversation.messages) this.roles.set(role, (this.roles.get(role) ?? 0) + 1);
    this.#ids.pushAll(ids);
    this.#labels.pushAll(labels);
    const isUsed = isTrained(labelled);
    this.#status.push(isUsed ? trainable : masked);
    facts.usableRows++;
    if (!isUsed) facts.maskedRows++;
    if (fit === 'nothing_left') facts.truncatedAwayRows++;
    facts.tokens += ids.length;
    facts.longestTokens = Math.max(facts.longestTokens, labelled.wholeTokens);
    for (let index = 1; index < labels.length; index++) if (labels[index] !== ignoreLabel) facts.trainedTokens++;
    if (this.context.recipe.dataset.drop_duplicates)
      this.#noteDuplicate(row, conversation.messages, conversation.tools);
  }

  #noteDuplicate(row: number, ...content: unknown[]): void {
    const key = new Sha256()
      .update(new TextEncoder().encode(JSON.stringify(content)))
      .hex()
      .slice(0, 24);
    if (this.#seen.has(key)) {
      this.#duplicates.add(row);
      this.counter.add(
        'data/duplicate-row',
        'warning',
        'row: the same conversation stands earlier in the file; it is left out',
        row,
      );
    }
    this.#seen.add(key);
  }

  trainable(): Uint32Array {
    const rows: number[] = [];
    for (let row = 0; row < this.count; row++) if (this.#status.at(row) === trainable) rows.push(row);
    return Uint32Array.from(rows);
  }

  /** Rows that the split chooses from. */
  candidates(): Uint32Array {
    return this.trainable().filter((row) => !this.#duplicates.has(row));
  }

  place(row: number): { line: number; start: number; end: number } {
    return { line: this.#lines.at(row), start: this.#places[row * 2] ?? 0, end: this.#places[row * 2 + 1] ?? 0 };
  }

  /** Ids and labels of a row: views of the packed arrays. */
  arrays(row: number): [Int32Array, Int32Array] {
    const from = row === 0 ? 0 : this.#ends.at(row - 1);
    const to = this.#ends.at(row);
    return [this.#ids.view(from, to), this.#labels.view(from, to)];
  }
}

const fileChanged = (name: string): TunesmithError =>
  new TunesmithError('data/file-changed', `${name}: the file changed on disk since it was opened; open it again`);

async function readBytes(file: File, start: number, end: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.slice(start, end).arrayBuffer());
  } catch {
    throw fileChanged(file.name);
  }
}

/** Names the usual wrong kinds of file by their first bytes rather than calling each line broken. */
function refuseBinary(bytes: Uint8Array, name: string): void {
  const starts = (...magic: number[]): boolean => magic.every((byte, index) => bytes[index] === byte);
  const kind = starts(0x50, 0x41, 0x52, 0x31)
    ? 'Parquet'
    : starts(0x50, 0x4b, 3, 4)
      ? 'a zip archive'
      : starts(0x1f, 0x8b)
        ? 'gzip'
        : starts(0xff, 0xfe) || starts(0xfe, 0xff)
          ? 'UTF-16 text'
          : bytes.subarray(0, 1000).includes(0)
            ? 'a binary file'
            : null;
  if (kind)
    throw new TunesmithError(
      'data/not-jsonl',
      `${name}: JSONL in UTF-8 is needed, got ${kind}; convert it and open it again`,
    );
}
