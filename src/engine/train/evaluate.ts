import type { ExampleTable } from '../../protocol/example';
import type { ScoreResult } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import type { Model } from '../model/model';
import { scoreTable } from '../score/score';
import type { RowLosses } from './followedSamples';
import type { Interruption } from './interruption';
import type { ReportPhase } from './phases';
import type { Trainable } from './trainable';

export interface Evaluation extends Pick<ScoreResult, 'loss' | 'perplexity' | 'token_accuracy'> {
  rows: RowLosses;
  /** Rows whose loss is no finite number. */
  notFinite: number[];
}

/**
 * The loss over the validation rows with what is trained as it is now: {@link scoreTable} with the recipe's batch size and label
 * smoothing (as the Trainer, whose compute_loss smooths in evaluation too). Throws {@link Aborted}.
 */
export async function evaluate(
  model: Model,
  { lora }: Trainable,
  validation: ExampleTable,
  { training }: Pick<Recipe, 'training'>,
  report: ReportPhase,
  interruption: Interruption,
): Promise<Evaluation> {
  const total = validation.rows.length;
  const { loss, perplexity, token_accuracy, rows } = await scoreTable(model, lora, validation, {
    batchSize: training.per_device_eval_batch_size,
    smoothing: training.label_smoothing_factor,
    onRows: (done) => report('evaluate', done, total),
    onCompiled: (done, shaders) => report('compile', done, shaders),
    interruption,
  });
  const supervised = rows.filter((entry) => entry.supervised_tokens > 0);
  return {
    loss,
    perplexity,
    token_accuracy,
    rows: new Map(supervised.map(({ row, loss }) => [row, loss])),
    notFinite: supervised.filter((entry) => !Number.isFinite(entry.loss)).map(({ row }) => row),
  };
}
