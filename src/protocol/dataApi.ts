import type { ErrorRecord } from '../lib/errors';
import type { Recipe } from '../recipe/schema';
import type { Message } from './conversation';
import type { DatasetEdit } from './edits';
import type { ExampleTable } from './example';
import type { RunRows } from './memory';
import type { ModelSource, TokenizerFacts } from './model';
import type { DatasetSummary, RowLengths, RowView } from './rows';
import type { SamplePrompt } from './training';

export interface DataProgress {
  phase: 'read' | 'judge' | 'tokenize';
  doneBytes: number;
  totalBytes: number;
  rows: number;
}

/** How far labelling anew after an edit has come. */
export interface EditProgress {
  doneRows: number;
  totalRows: number;
}

/** Rows that a list can be narrowed to: a split, or what became of them. */
export type RowChoice = 'train' | 'validation' | 'test' | 'dropped' | 'edited' | 'masked';

export interface RenderedPrompt {
  text: string;
  inputIds: number[];
  /** UTF-16 start and end of each token in `text`, interleaved. */
  offsets: number[];
  specialIds: number[];
}

/** A named rule of which text is trained, as another program has it, as changes of the recipe. */
export interface SpanPreset {
  id: string;
  /** For example "TRL", "LLaMA-Factory", "axolotl". */
  name: string;
  /** One sentence: what it trains in a row of this model. */
  description: string;
  /** Recipe paths and values that make it so; paths of `loss` and `template`. */
  patch: Record<string, unknown>;
  /** True when the present recipe is this preset. */
  inForce: boolean;
  /** Why it can't be had with this model, or null. */
  unavailable: string | null;
}

/** A Jinja template looked at: what it needs, what is wrong with it. */
export interface TemplateReport {
  /** Why no row can be written with it; `data.line` and `data.column` (from 1) where known. */
  error: ErrorRecord | null;
  /** Names that the template reads and does not set, those that every template gets left out. */
  variables: string[];
  hasGenerationTags: boolean;
  /** Recognised family, or null. */
  family: string | null;
  /** Texts in the template that look like control tokens, and whether each is one token of this tokenizer. */
  specialTokens: { text: string; isToken: boolean; id: number | null }[];
  /** The first row that can be used, rendered with it; null when there is none or it fails. */
  sample: string | null;
  /** Number of that row; null when there is none. */
  sampleRow: number | null;
  /** Why that row fails; others may not. `data.line` and `data.column` (from 1) where the template failed there. */
  sampleError: ErrorRecord | null;
  /** Whether transformers.js would render that row so; absent or null where that was not asked. */
  transformersJs?: 'same' | 'different' | 'refused' | null;
}

export interface TemplateSource {
  text: string;
  /** The text it started from: the model's own template or the preset; equal to `text` when it was not edited. */
  original: string;
  /** For a person: whose template it is. */
  origin: string;
}

/** What another recipe would change in the labels, over a sample of rows (or all, when the file is small). */
export interface MaskEffect {
  /** Rows compared. */
  rows: number;
  /** Those whose ids or labels differ. */
  changedRows: number;
  /** The first of them. */
  changed: number[];
  /** Tokens, trained tokens and trained ends are counted over the rows that both recipes can label. */
  tokensBefore: number;
  tokensAfter: number;
  trainedBefore: number;
  trainedAfter: number;
  /** Rows in which the token that ends the last answer is trained. */
  stopTrainedBefore: number;
  stopTrainedAfter: number;
  /** Rows that the other recipe can't label, with the first one's reason. */
  failedRows: number;
  failure: ErrorRecord | null;
  /** Rows of the sample that can't be trained on now and can be then; not among `rows`. */
  gainedRows: number;
}

/**
 * `workers/data.worker.ts`: file → rows → conversations → text + spans → tokens + labels. Owns tokenizer and template.
 * Verbs that need an open data set reject with `data/no-dataset` without one.
 */
export interface DataApi {
  /**
   * The access token for a hub (null: none). Held in this worker's memory only, and sent to that hub's own origin only.
   * Both workers need it before they open a model of a private repository. Throws `model/bad-token`.
   */
  setHubToken(endpoint: string, token: string | null): Promise<void>;
  openModel(source: ModelSource): Promise<TokenizerFacts>;
  /**
   * Reads, judges, renders, tokenizes and labels a whole file of any kind. Replaces the present data set. Needs
   * `openModel`. @param edits changes by hand that belong to this file.
   */
  openDataset(
    file: File,
    recipe: Recipe,
    onProgress: (progress: DataProgress) => void,
    edits?: DatasetEdit[],
  ): Promise<DatasetSummary>;
  /** A separate validation or test file (recipe `dataset.validation`, `dataset.test` name it); null removes it. */
  openHeldOut(
    split: 'validation' | 'test',
    file: File | null,
    recipe: Recipe,
    onProgress: (progress: DataProgress) => void,
  ): Promise<DatasetSummary | null>;
  /** Labels the present data set anew under another recipe. */
  relabel(recipe: Recipe, onProgress: (progress: DataProgress) => void): Promise<DatasetSummary>;
  /** Replaces the edits by hand; only rows that they touch are labelled anew. `cancel` leaves the edits as they were. */
  setEdits(edits: DatasetEdit[], onProgress?: (progress: EditProgress) => void): Promise<DatasetSummary>;
  cancel(): Promise<void>;
  /** Rows of the file in order, whatever split they are in. */
  rows(from: number, count: number): Promise<RowView[]>;
  /** Row numbers of a problem class, ascending. */
  problemRows(severity: 'error' | 'warning', code: string, from: number, count: number): Promise<number[]>;
  /** Row numbers with something in common, ascending. */
  rowsWhere(what: RowChoice, from: number, count: number): Promise<number[]>;
  lengths(): Promise<RowLengths>;
  examples(split: 'train' | 'validation' | 'test' | 'all'): Promise<ExampleTable>;
  /** Lengths of the rows that a run would use, by split: what its memory depends on. */
  runRows(): Promise<RunRows>;
  /** Prompts whose answers are shown during a run: from the validation split, else from the training rows. */
  samplePrompts(count: number): Promise<SamplePrompt[]>;
  /** Prompts of at most `count` rows of the validation set, drawn with `seed`, rows ascending; [] without such a set. */
  samplePool(count: number, seed: number): Promise<SamplePrompt[]>;
  /** One row under another recipe, nothing else changed. */
  previewRow(row: number, recipe: Recipe): Promise<RowView>;
  /** What another recipe would change, over at most `sampleRows` rows spread over the file. */
  previewEffect(recipe: Recipe, sampleRows: number): Promise<MaskEffect>;
  spanPresets(recipe: Recipe): Promise<SpanPreset[]>;
  templateSource(recipe: Recipe): Promise<TemplateSource>;
  /** Looks at a template's text; never rejects because of it. */
  inspectTemplate(text: string, recipe: Recipe): Promise<TemplateReport>;
  /** The problem report for a person (Markdown) or a program (JSON). */
  report(format: 'markdown' | 'json'): Promise<Blob>;
  /** The broken rows as they stand in the file (JSONL, each with `error` beside its source). */
  brokenRowsFile(): Promise<Blob>;
  /** The data as it is used: `messages` JSONL with fixes applied and `weight`, `weights` set. */
  editedFile(): Promise<Blob>;
  /** What chat sends: the template with the generation prompt, exactly as training saw it. */
  renderPrompt(messages: Message[], recipe: Recipe): Promise<RenderedPrompt>;
  /** Tokenizes raw text, no template (`--raw`). */
  encode(text: string): Promise<RenderedPrompt>;
  /** Text of each token id by itself, for labels on screen. */
  tokenTexts(ids: number[]): Promise<string[]>;
}
