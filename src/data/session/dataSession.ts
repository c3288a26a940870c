import { TunesmithError } from '../../lib/errors';
import type { Message } from '../../protocol/conversation';
import type {
  DataApi,
  DataProgress,
  EditProgress,
  MaskEffect,
  RenderedPrompt,
  RowChoice,
  SpanPreset,
  TemplateReport,
  TemplateSource,
} from '../../protocol/dataApi';
import type { DatasetEdit } from '../../protocol/edits';
import type { ExampleTable } from '../../protocol/example';
import type { RunRows } from '../../protocol/memory';
import type { ModelSource, TokenizerFacts } from '../../protocol/model';
import type { DatasetSummary, RowLengths, RowView } from '../../protocol/rows';
import type { SamplePrompt } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import { openRows } from '../ingest/openRows';
import { createMemoryScratch } from '../ingest/memoryScratch';
import type { Scratch } from '../ingest/rowSource';
import { spanPresets } from '../presets/spanPresets';
import { encodeRaw, renderPrompt } from '../prompt/renderPrompt';
import { processHere, type BlockProcessor, type OpenProcessor } from './blockProcessor';
import { brokenRowsFile, editedFile } from './downloads';
import { Dataset, type OpenedFile, type ReadOptions } from './dataset';
import { maskEffect } from './maskEffect';
import {
  openModelContext,
  openRunContext,
  templateSourceOf,
  type ModelContext,
  type ModelFiles,
  type RunContext,
} from './modelContext';
import type { RowContext } from './processRow';
import { detect, lookAt, type Recognised } from './recognise';
import { jsonReport, markdownReport } from './report';
import { drawnRows, samplePrompts } from './samplePrompts';
import { leaked, leakedRows } from './tally';
import { reportTemplate } from './templateReport';
import { cachedFromBytes, planKey, type TokenCache } from './tokenCache';

type OnProgress = (progress: DataProgress) => void;
type HeldOut = 'validation' | 'test';

/** What the session needs from its surroundings. */
export interface DataShell {
  /** Reads the tokenizer files of a model folder. */
  readModel(source: ModelSource): Promise<ModelFiles>;
  /** Where rows of files that are not JSON text are kept; memory where it is not given. */
  createScratch?: () => Promise<Scratch>;
  /** Processes blocks of rows, in other threads where that helps; this thread where it is not given. */
  openProcessor?: OpenProcessor;
  /** Keeps arrays beyond a refresh. */
  cache?: TokenCache;
  /** How long rows that were labelled anew have to stand before their arrays are kept. */
  keepAfterMs?: number;
}

interface Open {
  opened: OpenedFile;
  recognised: Recognised;
  dataset: Dataset;
}

/** The data wing's one long-lived object; `protocol/dataApi.ts` says what each verb does. */
export class DataSession implements Omit<DataApi, 'setHubToken'> {
  #model: ModelContext | null = null;
  #data: Open | null = null;
  readonly #heldOut: Record<HeldOut, Open | null> = { validation: null, test: null };
  #edits: readonly DatasetEdit[] = [];
  /** The newest job; an older one that is still running stops at its next step. */
  #job = 0;
  #effectJob = 0;
  #prompts: { key: string; context: RunContext } | null = null;
  #keeping: ReturnType<typeof setTimeout> | undefined;
  /** Plan of a file's arrays that were kept, or found kept, last. */
  readonly #kept = new WeakMap<File, string>();

  constructor(private readonly shell: DataShell) {}

  async openModel(source: ModelSource): Promise<TokenizerFacts> {
    this.#job++;
    const model = openModelContext(await this.shell.readModel(source));
    // What was begun meanwhile is of the model before.
    this.#job++;
    this.#model = model;
    this.#prompts = null;
    // Ids of another tokenizer must not reach a trainer.
    await this.#close();
    return model.facts;
  }

  async #close(): Promise<void> {
    const files = [this.#data, this.#heldOut.validation, this.#heldOut.test];
    this.#data = this.#heldOut.validation = this.#heldOut.test = null;
    for (const file of files) await file?.opened.rows.release();
  }

  async openDataset(
    file: File,
    recipe: Recipe,
    onProgress: OnProgress,
    edits: DatasetEdit[] = [],
  ): Promise<DatasetSummary> {
    const open = await this.#read(file, recipe, edits, onProgress);
    const before = this.#data;
    this.#data = open;
    this.#edits = edits;
    await before?.opened.rows.release();
    return this.#summary();
  }

  async openHeldOut(
    split: HeldOut,
    file: File | null,
    recipe: Recipe,
    onProgress: OnProgress,
  ): Promise<DatasetSummary | null> {
    const open = file === null ? null : await this.#read(file, whole(recipe), [], onProgress);
    const before = this.#heldOut[split];
    this.#heldOut[split] = open;
    await before?.opened.rows.release();
    return open && this.#heldOutSummary(open);
  }

  async relabel(recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary> {
    const job = ++this.#job;
    const data = this.#needData();
    const dataset = await this.#relabelled(data, recipe, this.#edits, onProgress, job);
    const heldOut = [this.#heldOut.validation, this.#heldOut.test].filter((held) => held !== null);
    const relabelled: Dataset[] = [];
    for (const held of heldOut) relabelled.push(await this.#relabelled(held, whole(recipe), [], () => undefined, job));
    // All or none: a cancelled order leaves no file under another recipe than the others.
    heldOut.forEach((held, index) => (held.dataset = relabelled[index] ?? held.dataset));
    data.dataset = dataset;
    this.#keepLater(data);
    return this.#summary();
  }

  async setEdits(
    edits: DatasetEdit[],
    onProgress: (progress: EditProgress) => void = () => undefined,
  ): Promise<DatasetSummary> {
    const { dataset } = this.#needData();
    const job = this.#job;
    await dataset.setEdits(edits, () => job !== this.#job, onProgress);
    this.#edits = edits;
    return this.#summary();
  }

  async #read(file: File, recipe: Recipe, edits: readonly DatasetEdit[], onProgress: OnProgress): Promise<Open> {
    this.#needModel();
    // A recipe that does not fit the model is refused before the file is read.
    openRunContext(this.#needModel(), recipe);
    const job = ++this.#job;
    const isCancelled = (): boolean => job !== this.#job;
    const createScratch = this.shell.createScratch ?? createMemoryScratch;
    const rows = await openRows(file, createScratch, isCancelled);
    const opened: OpenedFile = { file, rows, columns: [], formatErrors: new Map() };
    try {
      const recognised = await lookAt(rows);
      opened.columns = recognised.columns;
      const { context, processor } = await this.#prepare(recognised, recipe, file.size);
      const dataset = await this.#readOrRecall(opened, context, { processor, onProgress, isCancelled });
      if (edits.length > 0) await dataset.setEdits(edits, isCancelled);
      return { opened, recognised, dataset };
    } catch (error) {
      await rows.release();
      throw error;
    }
  }

  /** Arrays of an earlier visit where the file is the same to the bit, else a full reading, kept for the next visit. */
  async #readOrRecall(opened: OpenedFile, context: RowContext, options: ReadOptions): Promise<Dataset> {
    const { cache } = this.shell;
    const { size } = opened.file;
    if (!cache || size < cachedFromBytes) return Dataset.read(opened, context, options);
    const key = planKey(context);
    const known = await cache.load(size, key);
    const dataset = known
      ? await Dataset.recall(opened, context, known, options)
      : await Dataset.read(opened, context, options);
    // Not waited for: it is for the next visit.
    if (!dataset.facts.fromCache) void cache.save(size, key, dataset.toCache());
    this.#kept.set(opened.file, key);
    return dataset;
  }

  /** Keeps arrays that were labelled anew, once they have stood for a while: a handle that is dragged makes many. */
  #keepLater(data: Open): void {
    clearTimeout(this.#keeping);
    const { cache, keepAfterMs = 5000 } = this.shell;
    const { file } = data.opened;
    if (!cache || file.size < cachedFromBytes) return;
    this.#keeping = setTimeout(() => {
      const key = planKey(data.dataset.context);
      if (this.#data !== data || key === this.#kept.get(file)) return;
      this.#kept.set(file, key);
      void cache.save(file.size, key, data.dataset.toCache());
    }, keepAfterMs);
  }

  async #relabelled(
    { opened, recognised, dataset }: Open,
    recipe: Recipe,
    edits: readonly DatasetEdit[],
    onProgress: OnProgress,
    job: number,
  ): Promise<Dataset> {
    const isCancelled = (): boolean => job !== this.#job;
    const context = this.#context(recognised, recipe);
    let next: Dataset;
    if (planKey(context) === planKey(dataset.context)) next = dataset.resplit(context);
    else {
      const { processor } = await this.#prepare(recognised, recipe, opened.file.size);
      next = await dataset.relabelled(context, { processor, onProgress, isCancelled });
    }
    if (edits.length > 0) await next.setEdits(edits, isCancelled);
    return next;
  }

  async #prepare(
    recognised: Recognised,
    recipe: Recipe,
    sizeBytes: number,
  ): Promise<{ context: RowContext; processor: BlockProcessor }> {
    const context = this.#context(recognised, recipe);
    const openProcessor = this.shell.openProcessor ?? processHere;
    return { context, processor: await openProcessor({ recipe, detection: context.detection }, context, sizeBytes) };
  }

  #context(recognised: Recognised, recipe: Recipe): RowContext {
    return { ...openRunContext(this.#needModel(), recipe), detection: detect(recognised, recipe) };
  }

  /** Held-out rows of other files count as this data set's. */
  #summary(): DatasetSummary {
    const { summary } = this.#needData().dataset;
    const { validation, test } = this.#heldOut;
    return {
      ...summary,
      validationRows: validation?.dataset.split.train.length ?? summary.validationRows,
      testRows: test?.dataset.split.train.length ?? summary.testRows,
    };
  }

  /** With the rows that stand among the training rows as well. */
  #heldOutSummary({ dataset }: Open): DatasetSummary {
    if (this.#data) {
      const train = this.#data.dataset;
      const rows = leakedRows(dataset.records, train.records, train.split.train);
      if (rows.length > 0) {
        const shown = { ...leaked, count: rows.length, rows: rows.slice(0, 100), fixes: [] };
        return { ...dataset.summary, problems: [...dataset.summary.problems, shown] };
      }
    }
    return dataset.summary;
  }

  cancel(): Promise<void> {
    this.#job++;
    return Promise.resolve();
  }

  async rows(from: number, count: number): Promise<RowView[]> {
    return this.#needData().dataset.rows(from, count);
  }

  async problemRows(severity: 'error' | 'warning', code: string, from: number, count: number): Promise<number[]> {
    const rows = this.#needData().dataset.tally.counter.rows(severity, code);
    return Promise.resolve(Array.from(rows.subarray(Math.max(0, from), Math.max(0, from) + Math.max(0, count))));
  }

  async rowsWhere(what: RowChoice, from: number, count: number): Promise<number[]> {
    const rows = this.#needData().dataset.rowsWhere(what);
    return Promise.resolve(rows.slice(Math.max(0, from), Math.max(0, from) + Math.max(0, count)));
  }

  async lengths(): Promise<RowLengths> {
    return Promise.resolve(this.#needData().dataset.lengths());
  }

  async examples(split: 'train' | 'validation' | 'test' | 'all'): Promise<ExampleTable> {
    const { dataset } = this.#needData();
    const held = split === 'validation' || split === 'test' ? this.#heldOut[split] : null;
    if (held) return Promise.resolve(held.dataset.table(held.dataset.split.train));
    return Promise.resolve(dataset.table(split === 'all' ? dataset.allRows() : dataset.split[split]));
  }

  async runRows(): Promise<RunRows> {
    const { dataset } = this.#needData();
    const { train, validation } = dataset.split;
    const held = this.#heldOut.validation?.dataset;
    const own = validation.length > 0 ? dataset.sizes(validation) : null;
    return Promise.resolve({ train: dataset.sizes(train), validation: held ? held.sizes(held.split.train) : own });
  }

  async samplePrompts(count: number): Promise<SamplePrompt[]> {
    const { dataset } = this.#needData();
    const held = this.#heldOut.validation?.dataset;
    if (held) return samplePrompts(held, held.split.train, count);
    const { train, validation } = dataset.split;
    return samplePrompts(dataset, validation.length > 0 ? validation : train, count);
  }

  async samplePool(count: number, seed: number): Promise<SamplePrompt[]> {
    const { dataset } = this.#needData();
    const held = this.#heldOut.validation?.dataset;
    const rows = held?.split.train ?? dataset.split.validation;
    const pool = await samplePrompts(held ?? dataset, drawnRows(rows, seed), count);
    return pool.sort((one, two) => one.row - two.row);
  }

  async previewRow(row: number, recipe: Recipe): Promise<RowView> {
    const { dataset, recognised } = this.#needData();
    return dataset.view(row, this.#context(recognised, recipe));
  }

  async previewEffect(recipe: Recipe, sampleRows: number): Promise<MaskEffect> {
    const { dataset, recognised } = this.#needData();
    const job = ++this.#effectJob;
    const context = this.#context(recognised, recipe);
    return maskEffect(dataset, context, sampleRows, () => job !== this.#effectJob);
  }

  async spanPresets(recipe: Recipe): Promise<SpanPreset[]> {
    return Promise.resolve(spanPresets(this.#needModel(), recipe));
  }

  async templateSource(recipe: Recipe): Promise<TemplateSource> {
    return Promise.resolve(templateSourceOf(this.#needModel(), recipe));
  }

  async inspectTemplate(text: string, recipe: Recipe): Promise<TemplateReport> {
    return reportTemplate(text, recipe, this.#needModel(), this.#data?.dataset ?? null);
  }

  async report(format: 'markdown' | 'json'): Promise<Blob> {
    const { dataset } = this.#needData();
    return Promise.resolve(format === 'json' ? jsonReport(dataset) : markdownReport(dataset));
  }

  async brokenRowsFile(): Promise<Blob> {
    return brokenRowsFile(this.#needData().dataset);
  }

  async editedFile(): Promise<Blob> {
    return editedFile(this.#needData().dataset);
  }

  async renderPrompt(messages: Message[], recipe: Recipe): Promise<RenderedPrompt> {
    const key = JSON.stringify([recipe.template, recipe.loss, recipe.dataset.system_prompt]);
    if (this.#prompts?.key !== key) this.#prompts = { key, context: openRunContext(this.#needModel(), recipe) };
    return Promise.resolve(renderPrompt(messages, this.#prompts.context));
  }

  async encode(text: string): Promise<RenderedPrompt> {
    return Promise.resolve(encodeRaw(text, this.#needModel().tokenizer));
  }

  async tokenTexts(ids: number[]): Promise<string[]> {
    const { tokenizer } = this.#needModel();
    return Promise.resolve(ids.map((id) => tokenizer.decode([id])));
  }

  #needModel(): ModelContext {
    if (!this.#model) throw new TunesmithError('data/no-model', 'data: a model is needed first; call openModel');
    return this.#model;
  }

  #needData(): Open {
    if (!this.#data) throw new TunesmithError('data/no-dataset', 'data: no data set is open; open a file first');
    return this.#data;
  }
}

/** A held-out file is used whole. */
const whole = (recipe: Recipe): Recipe => ({
  ...recipe,
  dataset: { ...recipe.dataset, take: null, validation: 0, test: 0 },
});
