/** A data file as the trainer's arrays: read once in a stream, kept packed; texts are rendered again when they are shown. */
import { TunesmithError } from '../../lib/errors';
import type { DataProgress, EditProgress, RowChoice } from '../../protocol/dataApi';
import type { DatasetEdit } from '../../protocol/edits';
import type { ExampleTable } from '../../protocol/example';
import type { RowSizes } from '../../protocol/memory';
import type { ColumnFacts, DatasetSummary, Detection, RowLengths, RowView, RowWarning } from '../../protocol/rows';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import type { OpenedRows, RowBlock } from '../ingest/rowSource';
import type { BlockProcessor } from './blockProcessor';
import { broken, flag, masked, type BlockResult } from './blockResult';
import { BlockSource } from './blockSource';
import { EditedRows } from './editedRows';
import { changedEdits, EditIndex } from './editIndex';
import { InOrder } from './inOrder';
import { readBlock } from './readBlock';
import { processRow, type ProcessedRow, type RowContext } from './processRow';
import { column, isDropped, isTrainable, Records, startOf } from './records';
import { summarize } from './summarize';
import type { CachedRows } from './tokenCache';
import { splitNames, tally, type Tally } from './tally';
import { viewRow } from './viewRow';

/** The file, opened and recognised. */
export interface OpenedFile {
  file: File;
  rows: OpenedRows;
  columns: ColumnFacts[];
  /** Formats' errors of rows, by row number, filled while the file is read. */
  formatErrors: Map<number, RowBlock['errors'][number]['error']>;
}

export interface ReadOptions {
  processor: BlockProcessor;
  onProgress: (progress: DataProgress) => void;
  isCancelled: () => boolean;
}

const progressEveryMs = 100;
const yieldEveryMs = 30;
/** A row that is too long to be kept is shown by its beginning. */
const shownBytes = 8000;

/** Facts of a file that its bytes decide. */
export interface FileFacts {
  dataHash: string;
  remarks: RowWarning[];
  fromCache: boolean;
}

export class Dataset {
  #tally: Tally;
  #edits: EditIndex;
  #summary: DatasetSummary;

  constructor(
    readonly opened: OpenedFile,
    readonly context: RowContext,
    readonly records: Records,
    readonly facts: FileFacts,
  ) {
    this.#edits = new EditIndex([]);
    this.#tally = tally(records, context.recipe, this.#edits);
    this.#summary = summarize(this);
  }

  /** Reads, judges, renders, tokenizes and labels a file. Throws `data/cancelled` and the errors of its format. */
  static async read(
    opened: OpenedFile,
    context: RowContext,
    { processor, onProgress, isCancelled }: ReadOptions,
  ): Promise<Dataset> {
    const records = new Records();
    let reportedAt = -Infinity;
    let done = 0;
    let total = opened.file.size;
    const report = (): void =>
      onProgress({ phase: 'tokenize', doneBytes: done, totalBytes: total, rows: records.count });
    const blocks = new InOrder<BlockResult>(processor.lanes, (block) => records.append(block));
    opened.formatErrors.clear();
    const { sha256, remarks } = await opened.rows.read({
      onBlock: async (block) => {
        for (const { index, error } of block.errors) opened.formatErrors.set(block.firstRow + index, error);
        await blocks.add(processor.process(block));
      },
      onProgress: (doneBytes, totalBytes) => {
        [done, total] = [doneBytes, totalBytes];
        if (performance.now() - reportedAt < progressEveryMs) return;
        reportedAt = performance.now();
        report();
      },
      isCancelled,
    });
    await blocks.end();
    if (isCancelled()) throw cancelled(opened.file.name);
    report();
    return new Dataset(opened, context, records, { dataHash: sha256, remarks, fromCache: false });
  }

  /**
   * The arrays of an earlier visit, after reading the file through to see that it is the same. Where it is not, its rows
   * are processed after all.
   */
  static async recall(
    opened: OpenedFile,
    context: RowContext,
    known: CachedRows,
    options: ReadOptions,
  ): Promise<Dataset> {
    let rows = 0;
    opened.formatErrors.clear();
    const { sha256, remarks } = await opened.rows.read({
      onBlock: (block) => {
        rows += block.count;
      },
      onProgress: (doneBytes, totalBytes) => options.onProgress({ phase: 'read', doneBytes, totalBytes, rows }),
      isCancelled: options.isCancelled,
    });
    const records = new Records();
    for (const block of known.blocks) records.append(block);
    for (const [row, error] of known.formatErrors) opened.formatErrors.set(row, error);
    if (sha256 === known.sha256 && records.count === rows)
      return new Dataset(opened, context, records, { dataHash: sha256, remarks, fromCache: true });
    return Dataset.read(opened, context, options);
  }

  /** What a later visit needs: the arrays without edits. */
  toCache(): CachedRows {
    const { dataHash, remarks } = this.facts;
    return { sha256: dataHash, blocks: this.records.blocks, remarks, formatErrors: [...this.opened.formatErrors] };
  }

  /** Labels the same rows under another context: the file is neither split nor hashed again. */
  async relabelled(context: RowContext, { processor, onProgress, isCancelled }: ReadOptions): Promise<Dataset> {
    const { opened, facts } = this;
    const records = new Records();
    const blocks = new InOrder<BlockResult>(processor.lanes, (block) => records.append(block));
    const last = this.records.blocks.at(-1);
    const totalBytes = last?.places[last.count * 2 - 1] ?? 0;
    let reportedAt = performance.now();
    for (const known of this.records.blocks) {
      const block = await readBlock(opened, known);
      await blocks.add(processor.process(block));
      if (isCancelled()) throw cancelled(opened.file.name);
      if (performance.now() - reportedAt < progressEveryMs) continue;
      reportedAt = performance.now();
      const doneBytes = known.places[known.count * 2 - 1] ?? 0;
      onProgress({ phase: 'tokenize', doneBytes, totalBytes, rows: records.count });
    }
    await blocks.end();
    if (isCancelled()) throw cancelled(opened.file.name);
    return new Dataset(opened, context, records, { ...facts, fromCache: false });
  }

  /** The same arrays without edits, for a recipe that only uses other rows of them (an equal `planKey`): nothing is read. */
  resplit(context: RowContext): Dataset {
    const records = new Records();
    for (const block of this.records.blocks) records.append(block);
    return new Dataset(this.opened, context, records, this.facts);
  }

  get summary(): DatasetSummary {
    return this.#summary;
  }
  get tally(): Tally {
    return this.#tally;
  }
  get split(): Tally['split'] {
    return this.#tally.split;
  }
  get detection(): Detection {
    return this.context.detection;
  }

  /**
   * Puts another list of edits in force: rows that the difference names are processed anew. Throws `data/cancelled`, with
   * everything as it was.
   */
  async setEdits(
    edits: readonly DatasetEdit[],
    isCancelled: () => boolean,
    onProgress: (progress: EditProgress) => void = () => undefined,
  ): Promise<DatasetSummary> {
    const index = new EditIndex(edits);
    const rows = this.#rowsOf(changedEdits(this.#edits.edits, edits));
    const edited = new EditedRows(rows.length);
    const restored: number[] = [];
    const source = new BlockSource(this.opened, this.records);
    let yieldedAt = performance.now();
    let reportedAt = yieldedAt;
    for (const [done, row] of rows.entries()) {
      if (index.of(row).length === 0) restored.push(row);
      else edited.add(row, ...(await this.#editedRow(row, index, source)));
      const now = performance.now();
      if (now - yieldedAt < yieldEveryMs) continue;
      await new Promise((resolve) => setTimeout(resolve, 0));
      if (isCancelled()) throw cancelled(this.opened.file.name);
      yieldedAt = performance.now();
      if (now - reportedAt < progressEveryMs) continue;
      reportedAt = now;
      onProgress({ doneRows: done + 1, totalRows: rows.length });
    }
    for (const row of restored) this.records.restore(row);
    edited.forEach((row, block, place) => this.records.replace(row, block, place));
    this.#edits = index;
    this.#tally = tally(this.records, this.context.recipe, index);
    this.#summary = summarize(this);
    return this.#summary;
  }

  async #editedRow(
    row: number,
    edits: EditIndex,
    source: BlockSource,
  ): Promise<[processed: ProcessedRow, line: number, place: [number, number]]> {
    const line = this.records.line(row);
    const error = this.opened.formatErrors.get(row) ?? null;
    const processed = processRow(await source.bytes(row), { row, line }, this.context, edits.of(row), error);
    return [processed, line, this.records.place(row)];
  }

  /** Rows that edits name: by number, or by a problem that they had before any fix. */
  #rowsOf(edits: readonly DatasetEdit[]): number[] {
    const rows = new Set<number>();
    const codes = new Set<string>();
    for (const edit of edits) {
      if (edit.kind === 'weight') rows.add(edit.row);
      else if (edit.kind === 'fix' && edit.rows) for (const row of edit.rows) rows.add(row);
      else if (edit.kind === 'fix') codes.add(edit.code);
    }
    if (codes.size > 0)
      for (let row = 0; row < this.records.count; row++)
        if (this.#problemsAtFirst(row).some((code) => codes.has(code))) rows.add(row);
    return [...rows].filter((row) => row >= 0 && row < this.records.count).sort((one, other) => one - other);
  }

  #problemsAtFirst(row: number): string[] {
    const { block, index } = this.records.original(row);
    const ids = block.problems.subarray(startOf(block.problemEnds, index), block.problemEnds[index]);
    return Array.from(ids, (id) => block.classes[id]?.code ?? '');
  }

  /** A row's bytes and line; null bytes for a row over the cap. */
  async #source(row: number): Promise<{ bytes: Uint8Array | null; line: number }> {
    const [start, end] = this.records.place(row);
    const bytes = end - start > defaultMaxRowBytes ? null : await this.opened.rows.bytes(start, end);
    return { bytes, line: this.records.line(row) };
  }

  /** A row read and processed again, under the present edits; under another context where one is given. */
  async processed(
    row: number,
    context: RowContext = this.context,
  ): Promise<{ bytes: Uint8Array | null; processed: ProcessedRow }> {
    const { bytes, line } = await this.#source(row);
    const error = this.opened.formatErrors.get(row) ?? null;
    return { bytes, processed: processRow(bytes, { row, line }, context, this.#edits.of(row), error) };
  }

  /** Rows of the file in order, rendered again for their texts; ids and labels are the packed ones. */
  async rows(from: number, count: number): Promise<RowView[]> {
    const first = Math.max(0, Math.trunc(from));
    const last = Math.min(this.records.count, first + Math.max(0, Math.trunc(count)));
    const views: RowView[] = [];
    for (let row = first; row < last; row++) views.push(await this.view(row));
    return views;
  }

  /** One row as the page shows it; under another context, without the packed arrays. */
  async view(row: number, context: RowContext = this.context): Promise<RowView> {
    const { bytes, processed } = await this.processed(row, context);
    const [start, end] = this.records.place(row);
    const shown = bytes ?? (await this.opened.rows.bytes(start, Math.min(end, start + shownBytes)));
    const facts = {
      row,
      line: this.records.line(row),
      bytes: shown,
      split: splitNames[this.#tally.splitOf[row] ?? 0] ?? 'none',
      dropped: this.isLeftOut(row),
    };
    if (context !== this.context || !processed.ok) return viewRow(processed, facts);
    const inputIds = this.records.ids(row);
    const { ids } = processed.labelled;
    if (ids.length !== inputIds.length || ids.some((id, index) => id !== inputIds[index]))
      throw fileChanged(this.opened.file.name);
    return viewRow(processed, facts, { inputIds, labels: this.records.labels(row) });
  }

  /** Whether a fix or the length filter leaves a row out. */
  isLeftOut(row: number): boolean {
    const place = this.records.at(row);
    const whole = column(place, 'whole');
    const isOutside = whole < this.#edits.minTokens || whole > this.#edits.maxTokens;
    return isDropped(place) || (column(place, 'status') !== broken && isOutside);
  }

  /** Rows with something in common, ascending. */
  rowsWhere(what: RowChoice): number[] {
    if (what === 'train' || what === 'validation' || what === 'test') return Array.from(this.#tally.split[what]);
    const rows: number[] = [];
    for (const place of this.records) {
      const isOne =
        what === 'dropped'
          ? this.isLeftOut(place.row)
          : what === 'edited'
            ? (column(place, 'flags') & flag.edited) !== 0
            : column(place, 'status') === masked && !this.isLeftOut(place.row);
      if (isOne) rows.push(place.row);
    }
    return rows;
  }

  /** Every row that can be trained on, in file order. */
  allRows(): Uint32Array {
    const rows: number[] = [];
    for (const place of this.records) if (isTrainable(place) && !this.isLeftOut(place.row)) rows.push(place.row);
    return Uint32Array.from(rows);
  }

  /** Whole and needed lengths of the usable rows that are not dropped. */
  lengths(): RowLengths {
    const whole: number[] = [];
    const needed: number[] = [];
    for (const place of this.records) {
      if (column(place, 'status') === broken || this.isLeftOut(place.row)) continue;
      whole.push(column(place, 'whole'));
      needed.push(column(place, 'needed'));
    }
    return { whole: Int32Array.from(whole), needed: Int32Array.from(needed) };
  }

  /** Tokens of these rows after truncation, and how many of them are learned. */
  sizes(rows: Uint32Array): RowSizes {
    return {
      tokens: rows.map((row) => this.records.ids(row).length),
      supervised: rows.map((row) => column(this.records.at(row), 'trained')),
    };
  }

  /** These rows as one table, copied. */
  table(rows: Uint32Array): ExampleTable {
    const offsets = new Uint32Array(rows.length + 1);
    rows.forEach((row, index) => (offsets[index + 1] = (offsets[index] ?? 0) + this.records.ids(row).length));
    const total = offsets[rows.length] ?? 0;
    const inputIds = new Int32Array(total);
    const labels = new Int32Array(total);
    rows.forEach((row, index) => {
      inputIds.set(this.records.ids(row), offsets[index]);
      this.records.writeLabels(row, labels, offsets[index] ?? 0);
    });
    return { inputIds, labels, offsets, rows: rows.slice() };
  }
}

const cancelled = (name: string): TunesmithError =>
  new TunesmithError('data/cancelled', `${name}: reading was cancelled; open it again to go on`);
const fileChanged = (name: string): TunesmithError =>
  new TunesmithError('data/file-changed', `${name}: the file changed on disk since it was opened; open it again`);
