import type { SamplePrompt } from '../../protocol/training';

/** Longest prompts that are answered during a run, in tokens. */
export interface PromptLimits {
  /** Of anybody: what the model reads, less one token of an answer. */
  any: number;
  /** Of rows: `training.max_length` as well, which is what the run learns from, and what its memory is forecast for. */
  rows: number;
}

export const promptLimits = (maxPositions: number, maxLength: number): PromptLimits => ({
  any: maxPositions - 1,
  rows: Math.min(maxPositions - 1, maxLength),
});

/** Prompts come whole, whatever truncation has made of their rows: one that is too long would end the run. */
export const isAnswerable = ({ row, promptIds }: SamplePrompt, { any, rows }: PromptLimits): boolean =>
  promptIds.length <= (row < 0 ? any : rows);

/** Says that prompts are left out. */
export const promptsLeftOut = (count: number, { any, rows }: PromptLimits): string =>
  `samples: a prompt may have ${any} tokens on this model, one of a row ${rows} (training.max_length), and ${count} of them ${count === 1 ? 'has' : 'have'} more; ${count === 1 ? 'it is' : 'they are'} not answered during the run. Shorten them${rows < any ? ', or raise training.max_length' : ''}`;
