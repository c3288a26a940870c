import { TunesmithError } from '../../lib/errors';
import type { Message } from '../../protocol/conversation';
import type { DataApi, DataProgress, RenderedPrompt } from '../../protocol/dataApi';
import type { ExampleTable } from '../../protocol/example';
import type { ModelSource, TokenizerFacts } from '../../protocol/model';
import type { DatasetSummary, RowView } from '../../protocol/rows';
import type { SamplePrompt } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import { encodeText, renderPrompt } from '../prompt/renderPrompt';
import { Dataset } from './dataset';
import { openModelContext, openRunContext, type ModelContext, type ModelFiles, type RunContext } from './modelContext';

type OnProgress = (progress: DataProgress) => void;

/** The data wing's one long-lived object; `protocol/dataApi.ts` says what each verb does. */
export class DataSession implements DataApi {
  #model: ModelContext | null = null;
  #data: { file: File; dataset: Dataset } | null = null;
  #validation: { file: File; dataset: Dataset } | null = null;
  /** The newest job; an older one that is still running stops at its next step. */
  #job = 0;
  #prompts: { key: string; context: RunContext } | null = null;

  /** @param readModel reads the tokenizer files of a model folder. */
  constructor(private readonly readModel: (source: ModelSource) => Promise<ModelFiles>) {}

  async openModel(source: ModelSource): Promise<TokenizerFacts> {
    this.#job++;
    const model = openModelContext(await this.readModel(source));
    this.#model = model;
    this.#prompts = null;
    // Ids of another tokenizer must not reach a trainer.
    this.#data = null;
    this.#validation = null;
    return model.facts;
  }

  async openDataset(file: File, recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary> {
    const dataset = await this.#read(file, recipe, onProgress);
    this.#data = { file, dataset };
    return dataset.summary;
  }

  async openValidation(file: File | null, recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary | null> {
    if (file === null) {
      this.#validation = null;
      return null;
    }
    // A validation file is used whole.
    const whole: Recipe = { ...recipe, dataset: { ...recipe.dataset, take: null, validation: 0, test: 0 } };
    const dataset = await this.#read(file, whole, onProgress);
    this.#validation = { file, dataset };
    return dataset.summary;
  }

  async relabel(recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary> {
    const { file } = this.#needData();
    return this.openDataset(file, recipe, onProgress);
  }

  async #read(file: File, recipe: Recipe, onProgress: OnProgress): Promise<Dataset> {
    const context = openRunContext(this.#needModel(), recipe);
    const job = ++this.#job;
    return Dataset.open(file, context, { onProgress, isCancelled: () => job !== this.#job });
  }

  cancel(): Promise<void> {
    this.#job++;
    return Promise.resolve();
  }

  async rows(from: number, count: number): Promise<RowView[]> {
    return this.#needData().dataset.rows(from, count);
  }

  async examples(split: 'train' | 'validation' | 'all'): Promise<ExampleTable> {
    const { dataset } = this.#needData();
    if (split === 'validation' && this.#validation) {
      const { dataset: validation } = this.#validation;
      return Promise.resolve(validation.table(validation.split.train));
    }
    return Promise.resolve(dataset.table(split === 'all' ? dataset.allRows() : dataset.split[split]));
  }

  async samplePrompts(count: number): Promise<SamplePrompt[]> {
    const { dataset } = this.#needData();
    const [source, rows] = this.#validation
      ? [this.#validation.dataset, this.#validation.dataset.split.train]
      : [dataset, dataset.split.validation.length > 0 ? dataset.split.validation : dataset.split.train];
    const prompts: SamplePrompt[] = [];
    for (const row of rows) {
      if (prompts.length >= count) break;
      const { processed } = await source.processed(row);
      if (!processed.ok) continue;
      const { messages, tools } = processed.conversation;
      const answer = messages.findLastIndex(
        ({ role, content }) => role === 'assistant' && typeof content === 'string' && content !== '',
      );
      const expected = messages[answer]?.content;
      if (answer < 1 || typeof expected !== 'string') continue;
      const before = messages.slice(0, answer);
      const { inputIds } = renderPrompt(before, source.context, tools);
      const question = before.findLast(({ role }) => role === 'user')?.content;
      prompts.push({ row, prompt: typeof question === 'string' ? question : '', promptIds: inputIds, expected });
    }
    return prompts;
  }

  async renderPrompt(messages: Message[], recipe: Recipe): Promise<RenderedPrompt> {
    const key = JSON.stringify([recipe.template, recipe.loss, recipe.dataset.system_prompt]);
    if (this.#prompts?.key !== key) this.#prompts = { key, context: openRunContext(this.#needModel(), recipe) };
    return Promise.resolve(renderPrompt(messages, this.#prompts.context));
  }

  async encode(text: string): Promise<RenderedPrompt> {
    return Promise.resolve(encodeText(text, this.#needModel().tokenizer));
  }

  async tokenTexts(ids: number[]): Promise<string[]> {
    const { tokenizer } = this.#needModel();
    return Promise.resolve(ids.map((id) => tokenizer.decode([id])));
  }

  #needModel(): ModelContext {
    if (!this.#model) throw new TunesmithError('data/no-model', 'data: a model is needed first; call openModel');
    return this.#model;
  }

  #needData(): { file: File; dataset: Dataset } {
    if (!this.#data) throw new TunesmithError('data/no-dataset', 'data: no data set is open; open a file first');
    return this.#data;
  }
}
