import type { Recipe } from '../recipe/schema';
import type { Message } from './conversation';
import type { ExampleTable } from './example';
import type { ModelSource, TokenizerFacts } from './model';
import type { DatasetSummary, RowView } from './rows';
import type { SamplePrompt } from './training';

export interface DataProgress {
  phase: 'read' | 'judge' | 'tokenize';
  doneBytes: number;
  totalBytes: number;
  rows: number;
}

export interface RenderedPrompt {
  text: string;
  inputIds: number[];
  /** UTF-16 start and end of each token in `text`, interleaved. */
  offsets: number[];
  specialIds: number[];
}

/** `workers/data.worker.ts`: file → rows → conversations → text + spans → tokens + labels. Owns tokenizer and template. */
export interface DataApi {
  openModel(source: ModelSource): Promise<TokenizerFacts>;
  /** Reads, judges, renders, tokenizes and labels a whole file. Replaces the present data set. Needs `openModel`. */
  openDataset(file: File, recipe: Recipe, onProgress: (progress: DataProgress) => void): Promise<DatasetSummary>;
  /** A separate validation file (recipe `dataset.validation` names it); null removes it. */
  openValidation(
    file: File | null,
    recipe: Recipe,
    onProgress: (progress: DataProgress) => void,
  ): Promise<DatasetSummary | null>;
  /** Labels the present data set anew under another recipe. */
  relabel(recipe: Recipe, onProgress: (progress: DataProgress) => void): Promise<DatasetSummary>;
  cancel(): Promise<void>;
  /** Rows of the file in order, whatever split they are in. */
  rows(from: number, count: number): Promise<RowView[]>;
  /** Row numbers of a problem class. */
  examples(split: 'train' | 'validation' | 'all'): Promise<ExampleTable>;
  /** Prompts whose answers are shown during a run: from the validation split, else from the training rows. */
  samplePrompts(count: number): Promise<SamplePrompt[]>;
  /** What chat sends: the template with the generation prompt, exactly as training saw it. */
  renderPrompt(messages: Message[], recipe: Recipe): Promise<RenderedPrompt>;
  /** Tokenizes raw text, no template (`--raw`). */
  encode(text: string): Promise<RenderedPrompt>;
  /** Text of each token id by itself, for labels on screen. */
  tokenTexts(ids: number[]): Promise<string[]>;
}
