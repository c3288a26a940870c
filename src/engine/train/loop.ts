import type { ExampleTable } from '../../protocol/example';
import type { RunEventBody } from '../../protocol/run';
import type { SamplePrompt, TrainResult } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import { supervisedCount } from '../batch/buildBatch';
import { TunesmithError } from '../../lib/errors';
import type { Model } from '../model/model';
import { scoreTable } from '../score/score';
import { checkLoadedDtype } from './loadedDtype';
import { optimizerStep } from './optimizerStep';
import { epochOrder, planRun, stepWindow } from './plan';
import { recipeHash } from './recipeHash';
import { beginRun, endRun, readValues, saveRun, setValues, type RunState } from './runState';
import { learningRate } from './schedule';
import type { Trainable } from './trainable';

export interface LoopRequest {
  recipe: Recipe;
  train: ExampleTable;
  validation: ExampleTable | null;
  samples: readonly SamplePrompt[];
  dataHash: string;
  /** Continue from here, as if the run had never stopped. */
  checkpoint: Uint8Array | null;
}

/** What the loop asks of the shell around it. */
export interface LoopHooks {
  /** Named in the start event. */
  device: { backend: string; adapter: string };
  emit(event: RunEventBody): void;
  /** Awaited before every step, and once after the last: the place to pause, to serve chat, to take a checkpoint. */
  boundary(at: { step: number; checkpoint: () => Promise<Uint8Array> }): Promise<'continue' | 'stop'>;
  /** False: nobody keeps checkpoints, so none is taken (each is a copy of all that is trained, twice more with moments). */
  keepsCheckpoints?: boolean;
  /** A checkpoint that the recipe asked for, or the one at a stop; the path is for its event. */
  saved(bytes: Uint8Array, step: number): Promise<string>;
  /** The tuned answer to a sample prompt, now. */
  sample(prompt: SamplePrompt): Promise<string>;
}

/**
 * Supervised fine-tuning of what `trained` says, an adapter or all weights: the whole run. On return it holds the result, and
 * no other tensor is left on the device. Everything random follows from recipe.training.seed. Throws `recipe/other-dtype`, `train/no-rows`,
 * `train/nothing-to-train`, `train/other-kind`, `train/bad-example`, `train/bad-length`, `train/not-finite`, `checkpoint/*`.
 */
export async function trainLoop(
  model: Model,
  trained: Trainable,
  request: LoopRequest,
  hooks: LoopHooks,
): Promise<TrainResult> {
  const { recipe, train, dataHash } = request;
  // Rows without labels would score a loss of 0 and win every comparison.
  const validation = request.validation && supervisedCount(request.validation.labels) > 0 ? request.validation : null;
  const { training } = recipe;
  checkLoadedDtype(recipe, model.facts.weightDtype);
  if ((recipe.adapter.kind === 'none') !== (trained.lora === null))
    throw new TunesmithError(
      'train/other-kind',
      `adapter.kind: it must say what is trained, ${trained.lora ? 'an adapter' : 'all weights'}, got "${recipe.adapter.kind}"`,
      { path: 'adapter.kind' },
    );
  const plan = planRun(train, recipe);
  if (supervisedCount(train.labels) === 0)
    throw new TunesmithError(
      'train/nothing-to-train',
      'training data: every label is masked; choose another loss.train_on or loss.span, or a larger training.max_length',
    );
  const identity = { recipeHash: await recipeHash(recipe), dataHash, seed: training.seed };
  const state = await beginRun(model, trained, recipe, identity, request.checkpoint);
  const checkpoint = (): Promise<Uint8Array> => saveRun(model, trained, state, identity);
  let canSave = hooks.keepsCheckpoints !== false;
  const saveNow = async (): Promise<void> => {
    if (!canSave) return;
    try {
      const path = await hooks.saved(await checkpoint(), state.step);
      hooks.emit({ event: 'checkpoint', step: state.step, path });
    } catch (error) {
      if (!(error instanceof TunesmithError) || error.code !== 'checkpoint/too-large') throw error;
      // The run is worth more than its checkpoints.
      canSave = false;
      hooks.emit({ event: 'warning', code: error.code, message: error.message });
    }
  };
  try {
    hooks.emit({
      event: 'start',
      ...hooks.device,
      trainable_parameters: trained.parameters,
      rows: plan.rows,
      steps: plan.steps,
      recipe_hash: identity.recipeHash,
      data_hash: dataHash,
    });
    let reason: 'completed' | 'early_stopping' | 'stopped' = 'completed';
    let order: { epoch: number; units: Uint32Array } = { epoch: -1, units: new Uint32Array() };
    while (state.step < plan.steps) {
      if ((await hooks.boundary({ step: state.step, checkpoint })) === 'stop') {
        reason = 'stopped';
        break;
      }
      const epoch = Math.floor(state.step / plan.stepsPerEpoch);
      if (order.epoch !== epoch) order = { epoch, units: epochOrder(plan.units, epoch, recipe) };
      const rate = learningRate(training, state.step + 1, plan.steps);
      const begun = performance.now();
      let result;
      try {
        result = await optimizerStep(
          model,
          trained,
          state,
          train,
          stepWindow(plan, state.step, order.units),
          recipe,
          rate,
        );
      } catch (error) {
        if (error instanceof TunesmithError && error.code === 'train/not-finite') await saveNow();
        throw error;
      }
      const { step } = state;
      if (result.supervisedTokens === 0)
        hooks.emit({
          event: 'warning',
          code: 'train/unlabelled-step',
          message: `step ${step}: its rows have no supervised token; nothing was learned`,
        });
      if (due(step, training.logging_steps))
        hooks.emit({
          event: 'step',
          step,
          epoch: step / plan.stepsPerEpoch,
          loss: result.loss,
          grad_norm: result.gradNorm,
          learning_rate: rate,
          supervised_tokens: result.supervisedTokens,
          tokens: result.tokens,
          ms: performance.now() - begun,
        });
      const last = step === plan.steps;
      const epochEnds = step % plan.stepsPerEpoch === 0 || last;
      const evaluate =
        training.eval_strategy === 'epoch'
          ? epochEnds
          : training.eval_strategy === 'steps' && due(step, training.eval_steps);
      const enough =
        evaluate && validation ? await evaluateNow(model, trained, state, validation, recipe, hooks) : false;
      if (due(step, training.sample_steps) || (last && training.sample_steps !== null))
        await showSamples(request, step, hooks);
      if (due(step, training.save_steps)) await saveNow();
      if (enough) {
        reason = 'early_stopping';
        break;
      }
    }
    if (reason === 'stopped') await saveNow();
    else if (training.load_best_model_at_end && state.best && state.best.step !== state.step)
      setValues(model, trained, state.best.values);
    await hooks.boundary({ step: state.step, checkpoint });
    const bestStep = state.best?.step ?? null;
    hooks.emit({ event: 'end', reason, steps: state.step, best_step: bestStep });
    return { reason, steps: state.step, bestStep };
  } finally {
    endRun(trained, state);
  }
}

const due = (step: number, every: number | null): boolean => every !== null && step % every === 0;

/**
 * Evaluates, remembers the best values, and says whether to stop early. As in transformers: patience counts evaluations that
 * are not better than the best by more than the threshold; the best itself needs no threshold.
 */
async function evaluateNow(
  model: Model,
  trained: Trainable,
  state: RunState,
  validation: ExampleTable,
  { training }: Recipe,
  hooks: LoopHooks,
): Promise<boolean> {
  const { loss, perplexity, token_accuracy } = await scoreTable(model, trained.lora, validation, {
    batchSize: training.per_device_eval_batch_size,
    // As the Trainer: its compute_loss smooths in evaluation too.
    smoothing: training.label_smoothing_factor,
  });
  hooks.emit({ event: 'eval', step: state.step, loss, perplexity, token_accuracy });
  const { best } = state;
  const gained = !best || (loss < best.loss && best.loss - loss > training.early_stopping_threshold);
  state.evaluationsWithoutGain = gained ? 0 : state.evaluationsWithoutGain + 1;
  if (!best || loss < best.loss) state.best = { step: state.step, loss, values: await readValues(model, trained) };
  return training.early_stopping_patience !== null && state.evaluationsWithoutGain >= training.early_stopping_patience;
}

async function showSamples({ samples, recipe }: LoopRequest, step: number, hooks: LoopHooks): Promise<void> {
  for (const prompt of samples.slice(0, recipe.training.sample_size)) {
    const generated = await hooks.sample(prompt);
    hooks.emit({
      event: 'sample',
      step,
      row: prompt.row,
      prompt: prompt.prompt,
      expected: prompt.expected,
      generated,
      pick: 'asked',
      base: null,
      loss: null,
    });
  }
}
