import { again } from '../../kernels/fallback/again';
import { TunesmithError } from '../../lib/errors';
import type { PiecedBytes } from '../../lib/pieced';
import type { ExampleTable } from '../../protocol/example';
import type { RunControlKind } from '../../protocol/run';
import type { SamplePrompt, TrainResult } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import { supervisedCount } from '../batch/buildBatch';
import type { Checkpoint } from '../checkpoint/document';
import type { Model } from '../model/model';
import { checkLengths } from './checkLengths';
import { due } from './due';
import { Aborted, throwIfAborted } from './interruption';
import { checkLoadedDtype } from './loadedDtype';
import { optimizerStep, type StepResult } from './optimizerStep';
import { phaseReporter, type ReportPhase } from './phases';
import { epochOrder, planRun, stepWindow, type Plan } from './plan';
import { recipeHash } from './recipeHash';
import { beginRun, endRun, stateDocument, type RunState } from './runState';
import { checkpointSaver, type SaveHooks } from './saver';
import { learningRate } from './schedule';
import { shuffledLabels } from './shuffledLabels';
import type { SampleHooks } from './showSamples';
import type { Trainable } from './trainable';
import { Watcher } from './watcher';

export interface LoopRequest {
  recipe: Recipe;
  train: ExampleTable;
  validation: ExampleTable | null;
  /** Prompts to follow; `sample_size` at most are. */
  samples: readonly SamplePrompt[];
  /** Validation rows that the rest of `sample_size` is chosen from, once, by their losses before the first step. */
  samplePool?: readonly SamplePrompt[];
  dataHash: string;
  control?: RunControlKind | null;
  /** What is trained changes nothing yet: its answers before the first step are the base's. */
  startsAsBase?: boolean;
  /** Continue from here, as if the run had never stopped. */
  checkpoint: Checkpoint | null;
}

/**
 * What the loop asks of the shell around it. `aborted` is looked at between micro-batches, evaluation batches and samples, and
 * after every boundary: once true the run ends at once, without another event, and its result is `discarded`.
 */
export interface LoopHooks extends SampleHooks, SaveHooks {
  /** Named in the start event. */
  device: { backend: string; adapter: string };
  /** Awaited once, before anything is computed: the place to keep what the run begins with. */
  opened?(at: { step: number; checkpoint: () => PiecedBytes }): Promise<void>;
  /** Awaited before every step, and once after the last: the place to pause, to serve chat, to take a checkpoint. */
  boundary(at: { step: number; checkpoint: () => PiecedBytes }): Promise<'continue' | 'stop'>;
}

/**
 * Supervised fine-tuning of what `trained` says, an adapter or all weights: the whole run. On return it holds the result, and
 * no other tensor is left on the device. Everything random follows from recipe.training.seed. Throws `recipe/other-dtype`, `train/no-rows`,
 * `train/nothing-to-train`, `train/other-kind`, `train/bad-example`, `train/bad-length`, `model/too-long`, `train/not-finite`, `checkpoint/*`.
 */
export async function trainLoop(
  model: Model,
  trained: Trainable,
  request: LoopRequest,
  hooks: LoopHooks,
): Promise<TrainResult> {
  const { recipe, dataHash, control = null, samples, samplePool = [], startsAsBase = false } = request;
  const { training } = recipe;
  checkLoadedDtype(recipe, model.facts.weightDtype);
  checkKind(recipe, trained);
  const plan = planRun(request.train, recipe);
  checkSupervised(request.train);
  const train = control === 'shuffled-labels' ? shuffledLabels(request.train, training.seed) : request.train;
  // Rows without labels would score a loss of 0 and win every comparison.
  const validation = request.validation && supervisedCount(request.validation.labels) > 0 ? request.validation : null;
  checkLengths(train, model.config.maxPositions, 'training');
  if (validation && training.eval_strategy !== 'no') checkLengths(validation, model.config.maxPositions, 'validation');
  const identity = { recipeHash: await recipeHash(recipe), dataHash, seed: training.seed, control };
  const state = await beginRun(model, trained, recipe, identity, request.checkpoint);
  const report = phaseReporter((event) => hooks.emit(event));
  const checkpoint = (): PiecedBytes => stateDocument(model, trained, state, identity);
  const save = checkpointSaver(checkpoint, hooks, report);
  const watched = { recipe, validation, samples, samplePool, startsAsBase };
  const watcher = new Watcher(model, trained, state, watched, hooks, report);
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
    await hooks.opened?.({ step: state.step, checkpoint });
    throwIfAborted(hooks);
    await watcher.begin();
    const step = stepper(model, trained, state, train, plan, recipe, hooks, report);
    let reason: 'completed' | 'early_stopping' | 'stopped' = 'completed';
    while (state.step < plan.steps) {
      if (watcher.isEnough()) {
        reason = 'early_stopping';
        break;
      }
      const order = await hooks.boundary({ step: state.step, checkpoint });
      throwIfAborted(hooks);
      if (order === 'stop') {
        reason = 'stopped';
        break;
      }
      try {
        await step();
      } catch (error) {
        if (error instanceof TunesmithError && error.code === 'train/not-finite') await save(state.step);
        throw error;
      }
      await watcher.after(state.step, plan);
      if (due(state.step, training.save_steps)) await save(state.step);
    }
    if (reason === 'stopped') await save(state.step);
    else await watcher.restoreBest();
    await hooks.boundary({ step: state.step, checkpoint });
    throwIfAborted(hooks);
    watcher.warnOfNoGain();
    const bestStep = state.best?.step ?? null;
    hooks.emit({ event: 'end', reason, steps: state.step, best_step: bestStep });
    return { reason, steps: state.step, bestStep };
  } catch (error) {
    if (!(error instanceof Aborted)) throw error;
    return { reason: 'discarded', steps: state.step, bestStep: null };
  } finally {
    endRun(trained, state);
  }
}

/** One step after another of the plan, each with its events. */
function stepper(
  model: Model,
  trained: Trainable,
  state: RunState,
  train: ExampleTable,
  plan: Plan,
  recipe: Recipe,
  hooks: LoopHooks,
  report: ReportPhase,
): () => Promise<void> {
  let order: { epoch: number; units: Uint32Array } = { epoch: -1, units: new Uint32Array() };
  const progress = (): void => report('train', state.step, plan.steps);
  const interruption = {
    aborted: () => hooks.aborted?.() ?? false,
    breathe: () => hooks.breathe?.() ?? Promise.resolve(),
    compiled: (done: number, total: number) => {
      report('compile', done, total);
      if (done === total) progress();
    },
  };
  return async () => {
    progress();
    const epoch = Math.floor(state.step / plan.stepsPerEpoch);
    if (order.epoch !== epoch) order = { epoch, units: epochOrder(plan.units, epoch, recipe) };
    const rate = learningRate(recipe.training, state.step + 1, plan.steps);
    const begun = performance.now();
    const window = stepWindow(plan, state.step, order.units);
    // A step that a kernel failed in has changed nothing.
    const result = await again(() => optimizerStep(model, trained, state, train, window, recipe, rate, interruption));
    const ms = performance.now() - begun;
    progress();
    emitStep(hooks, recipe, state.step, plan, result, rate, ms);
  };
}

function emitStep(
  hooks: LoopHooks,
  { training }: Recipe,
  step: number,
  { stepsPerEpoch }: Plan,
  { loss, gradNorm, supervisedTokens, tokens }: StepResult,
  rate: number,
  ms: number,
): void {
  if (supervisedTokens === 0)
    hooks.emit({
      event: 'warning',
      code: 'train/unlabelled-step',
      message: `step ${step}: its rows have no supervised token; nothing was learned`,
    });
  if (!due(step, training.logging_steps)) return;
  hooks.emit({
    event: 'step',
    step,
    epoch: step / stepsPerEpoch,
    loss,
    grad_norm: gradNorm,
    learning_rate: rate,
    supervised_tokens: supervisedTokens,
    tokens,
    ms,
  });
}

function checkKind({ adapter }: Recipe, { lora }: Trainable): void {
  if ((adapter.kind === 'none') === (lora === null)) return;
  throw new TunesmithError(
    'train/other-kind',
    `adapter.kind: it must say what is trained, ${lora ? 'an adapter' : 'all weights'}, got "${adapter.kind}"`,
    { path: 'adapter.kind' },
  );
}

function checkSupervised({ labels }: ExampleTable): void {
  if (supervisedCount(labels) > 0) return;
  throw new TunesmithError(
    'train/nothing-to-train',
    'training data: every label is masked; choose another loss.train_on or loss.span, or a larger training.max_length',
  );
}
