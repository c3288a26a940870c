import { again } from '../../kernels/fallback/again';
import type { OnCompiled } from '../../kernels/kernels';
import type { ExampleTable } from '../../protocol/example';
import type { ScoreResult } from '../../protocol/training';
import type { LoraAdapter } from '../adapters/lora';
import { buildBatch, exampleAt } from '../batch/buildBatch';
import { tokenLosses } from '../losses/tokenLosses';
import type { Model } from '../model/model';
import { free } from '../scope';
import { pauseBetween, type Interruption } from '../train/interruption';
import { evaluateMicroBatch } from '../train/microBatch';

export interface ScoreOptions {
  batchSize: number;
  /** Label smoothing of the losses; 0 by default. */
  smoothing?: number;
  /** Told before the first batch and after every one how many rows are done. */
  onRows?: (done: number) => void;
  /** Told how many shaders are compiled before that, where any is missing. */
  onCompiled?: OnCompiled;
  /** Between batches. */
  interruption?: Interruption;
}

/**
 * Teacher-forced evaluation in the order of the table: loss is the mean over all supervised tokens, perplexity the
 * exponential of the mean cross-entropy (so of the loss, unless that is smoothed), token accuracy the share of positions whose
 * most likely token is the label. A table without supervised tokens scores loss 0. Throws {@link Aborted}.
 */
export async function scoreTable(
  model: Model,
  adapter: LoraAdapter | null,
  table: ExampleTable,
  { batchSize, smoothing = 0, onRows, onCompiled, interruption }: ScoreOptions,
): Promise<ScoreResult> {
  const rows: ScoreResult['rows'] = [];
  let sum = 0;
  let crossEntropy = 0;
  let correct = 0;
  let supervised = 0;
  for (let start = 0; start < table.rows.length; start += batchSize) {
    const count = Math.min(batchSize, table.rows.length - start);
    const examples = Array.from({ length: count }, (_, index) => exampleAt(table, start + index));
    const batch = buildBatch(examples, model.config.vocabSize);
    if (start === 0) {
      if (batch.supervised > 0)
        await model.kernels.prepare?.(() => free(evaluateMicroBatch(model, adapter, batch, { smoothing })), onCompiled);
      onRows?.(0);
    }
    const perRow = examples.map(({ row }) => ({ row, loss: 0, supervised_tokens: 0, token_losses: [] as number[] }));
    rows.push(...perRow);
    if (batch.supervised === 0) {
      onRows?.(rows.length);
      continue;
    }
    const numbers = await again(async () => {
      const state = evaluateMicroBatch(model, adapter, batch, { smoothing });
      try {
        return await model.kernels.read(state);
      } finally {
        free(state);
      }
    });
    const result = tokenLosses(numbers, batch, smoothing);
    result.losses.forEach((loss, index) => perRow[batch.exampleOf[index] ?? 0]?.token_losses.push(loss));
    for (const entry of perRow) {
      entry.supervised_tokens = entry.token_losses.length;
      const rowSum = entry.token_losses.reduce((a, b) => a + b, 0);
      entry.loss = entry.supervised_tokens > 0 ? rowSum / entry.supervised_tokens : 0;
    }
    sum += result.sum;
    crossEntropy += result.crossEntropy;
    correct += result.correct;
    supervised += batch.supervised;
    onRows?.(rows.length);
    await pauseBetween(interruption);
  }
  const loss = supervised > 0 ? sum / supervised : 0;
  return {
    loss,
    perplexity: supervised > 0 ? Math.exp(crossEntropy / supervised) : 1,
    token_accuracy: supervised > 0 ? correct / supervised : 0,
    supervised_tokens: supervised,
    rows,
  };
}
