import type { LoraAdapter } from '../../src/engine/adapters/lora';
import type { Model } from '../../src/engine/model/model';
import { TunesmithError } from '../../src/lib/errors';
import type { AdapterOrigin } from './exportFolder';
import type { LoadedModel } from './modelLoads';

/** What tuning left: an adapter beside the model's weights, or those weights, changed. */
export type Tuned =
  { kind: 'adapter'; adapter: LoraAdapter; origin: AdapterOrigin } | { kind: 'model'; origin: AdapterOrigin };

/**
 * The loaded model and what tuning made of it. Full fine-tuning changes the weights in place, so the base is then not on the
 * device any more: it is loaded again from its unchanged files when it is asked for, to answer beside the tuned model, and
 * when something else is to be tuned. A second copy of the weights is less than the gradients and moments that the run took
 * and gave back, so comparing never needs more memory than training did; while a run goes on there is no room for it.
 */
export class TunedState {
  #loaded: LoadedModel | null = null;
  #base: LoadedModel | null = null;
  #reopen: () => Promise<LoadedModel> = () => Promise.reject(noModel());
  tuned: Tuned | null = null;

  /** The model that answers and is trained. Throws `model/none`. */
  need(): LoadedModel {
    if (!this.#loaded) throw noModel();
    return this.#loaded;
  }

  /** Takes a model over; `reopen` loads the same weights once more. */
  loaded(model: LoadedModel, reopen: () => Promise<LoadedModel>): void {
    this.#loaded = model;
    this.#reopen = reopen;
  }

  /** Frees model, base and what was tuned. */
  unload(): void {
    this.#freeTuned();
    this.#base?.model.dispose();
    this.#base = null;
    this.#loaded?.model.dispose();
    this.#loaded = null;
  }

  /** Puts an adapter, or nothing, in the place of what was tuned. Changed weights give way to the base first. */
  async replace(next: Tuned | null): Promise<void> {
    await this.restoreBase();
    this.#freeTuned();
    this.tuned = next;
  }

  /** Model and adapter that answer as the tuned side, or as the base. Errors: `adapter/none`, `model/base-away`. */
  async side(useTuned: boolean, isTraining: boolean): Promise<{ model: Model; lora: LoraAdapter | null }> {
    const { tuned } = this;
    const { model } = this.need();
    if (useTuned) {
      if (!tuned) throw new TunesmithError('adapter/none', 'adapter: none is there; train or load one first');
      return { model, lora: tuned.kind === 'adapter' ? tuned.adapter : null };
    }
    if (tuned?.kind !== 'model') return { model, lora: null };
    if (isTraining)
      throw new TunesmithError(
        'model/base-away',
        'base model: this run changes its weights, and there is no second copy of them; ask it after the run',
      );
    this.#base ??= await this.#reopen();
    return { model: this.#base.model, lora: null };
  }

  /** After a full run: the base's weights again, in place of the tuned ones, which are lost. Else nothing happens. */
  async restoreBase(): Promise<void> {
    if (this.tuned?.kind !== 'model') return;
    this.tuned = null;
    this.#loaded?.model.dispose();
    this.#loaded = this.#base;
    this.#base = null;
    this.#loaded ??= await this.#reopen();
  }

  #freeTuned(): void {
    if (this.tuned?.kind === 'adapter') this.tuned.adapter.dispose();
    this.tuned = null;
  }
}

const noModel = (): TunesmithError => new TunesmithError('model/none', 'model: none is loaded; load a model first');
