import { TunesmithError } from '../../lib/errors';
import type { ExampleTable } from '../../protocol/example';
import type { SamplePrompt } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import type { Model } from '../model/model';
import { afterEvaluation, outOfPatience } from './bestSoFar';
import { due, evaluationDue } from './due';
import { evaluate, type Evaluation } from './evaluate';
import { chooseSamples, updateLosses } from './followedSamples';
import type { ReportPhase } from './phases';
import type { Plan } from './plan';
import { isAnswerable, promptLimits, promptsLeftOut } from './promptLength';
import { readValues, setValues, type RunState } from './runState';
import { showSamples, type SampleHooks } from './showSamples';
import type { Trainable } from './trainable';

export interface Watched {
  recipe: Recipe;
  /** Rows with a supervised token among them; null: nothing is evaluated. */
  validation: ExampleTable | null;
  samples: readonly SamplePrompt[];
  samplePool: readonly SamplePrompt[];
  startsAsBase: boolean;
}

/** How a run is judged as it goes: evaluations, the best of them, early stopping, samples. All that it finds lies in `state`. */
export class Watcher {
  constructor(
    private readonly model: Model,
    private readonly trained: Trainable,
    private readonly state: RunState,
    private readonly watched: Watched,
    private readonly hooks: SampleHooks,
    private readonly report: ReportPhase,
  ) {}

  /**
   * Before the first step: an evaluation, as transformers' `eval_on_start`, which is no candidate for the best; the choice of samples;
   * their first answers. A run that is continued has that behind it.
   */
  async begin(): Promise<void> {
    const { model, state, watched, hooks, report } = this;
    if (state.begun) return;
    const { training } = watched.recipe;
    const first = state.step === 0;
    const size = training.sample_steps === null ? 0 : training.sample_size;
    const evaluation = first && training.eval_strategy !== 'no' ? await this.#evaluate() : null;
    // A checkpoint of an earlier version, which does not say what was chosen, goes on with the prompts that were asked for.
    const pool = first ? watched.samplePool : [];
    const limits = promptLimits(model.config.maxPositions, training.max_length);
    const fits = (prompt: SamplePrompt): boolean => isAnswerable(prompt, limits);
    const [asked, rows] = [watched.samples.filter(fits), pool.filter(fits)];
    const samples = chooseSamples(asked, rows, evaluation?.rows ?? null, size, training.seed);
    const long = watched.samples.length - asked.length + pool.length - rows.length;
    // Of a pool that has enough others, nobody misses them.
    if (size > 0 && long > 0 && (samples.length < size || asked.length < watched.samples.length))
      hooks.emit({ event: 'warning', code: 'train/long-prompts', message: promptsLeftOut(long, limits) });
    if (first) await showSamples(samples, 0, watched.startsAsBase, hooks, report);
    state.begun = { loss: evaluation?.loss ?? null, samples };
  }

  /** What is due after a step; true: stop, patience has run out. */
  async after(step: number, plan: Plan): Promise<boolean> {
    const { state, watched, hooks, report } = this;
    const { training } = watched.recipe;
    let enough = false;
    if (evaluationDue(step, training, plan)) {
      const evaluation = await this.#evaluate();
      if (evaluation) {
        await this.#judge(step, evaluation);
        enough = this.isEnough();
      }
    }
    const last = step === plan.steps && training.sample_steps !== null;
    if (last || due(step, training.sample_steps))
      await showSamples(state.begun?.samples ?? [], step, false, hooks, report);
    return enough;
  }

  /** Also for a run that was cut off after the evaluation that ends it. */
  isEnough(): boolean {
    return outOfPatience(this.state, this.watched.recipe.training);
  }

  /** At the end: the best evaluation's values in place of the last, where the recipe says so. */
  async restoreBest(): Promise<void> {
    const { state, model, trained, watched } = this;
    if (!watched.recipe.training.load_best_model_at_end || !state.best || state.best.step === state.step) return;
    this.report('restore', 0, 1);
    await setValues(model, trained, state.best.values);
    this.report('restore', 1, 1);
  }

  /** Says so when no evaluation was better than the one before the first step. */
  warnOfNoGain(): void {
    const { best, begun } = this.state;
    if (!best || !begun || begun.loss === null || best.loss < begun.loss) return;
    this.hooks.emit({
      event: 'warning',
      code: 'train/no-gain',
      message: `validation: no loss was below that before the first step, ${begun.loss.toPrecision(4)}; the lowest was ${best.loss.toPrecision(4)} at step ${best.step}. On rows it was not trained on the model is no better than before; look at the data, or lower training.learning_rate`,
    });
  }

  async #evaluate(): Promise<Evaluation | null> {
    const { model, trained, state, watched, hooks, report } = this;
    if (!watched.validation) return null;
    const evaluation = await evaluate(model, trained, watched.validation, watched.recipe, report, hooks);
    if (evaluation.notFinite.length > 0) throw await this.#notFinite(evaluation.notFinite);
    const { loss, perplexity, token_accuracy } = evaluation;
    hooks.emit({ event: 'eval', step: state.step, loss, perplexity, token_accuracy });
    return evaluation;
  }

  async #judge(step: number, { loss, rows }: Evaluation): Promise<void> {
    const { model, trained, state, watched } = this;
    const next = afterEvaluation(state, { step, loss }, watched.recipe.training);
    state.evaluationsWithoutGain = next.evaluationsWithoutGain;
    if (next.isBest) state.best = { step, loss, values: await readValues(model, trained) };
    updateLosses(state.begun?.samples ?? [], rows);
  }

  /** The values that gave such losses may be no numbers themselves: the best ones take their place. */
  async #notFinite(rows: number[]): Promise<TunesmithError> {
    const { state, model, trained } = this;
    const { step, best } = state;
    if (best) await setValues(model, trained, best.values);
    const left = best ? `at the best evaluation, after step ${best.step}` : `after step ${step}`;
    return new TunesmithError(
      'train/not-finite',
      `evaluation after step ${step}, validation rows ${rows.slice(0, 8).join(', ')}: the loss must be a finite number; lower training.learning_rate or look at these rows. What is trained is as it was ${left}`,
      { data: { step, rows, of: 'validation' } },
    );
  }
}
