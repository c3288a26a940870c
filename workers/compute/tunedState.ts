import { createLora, type LoraAdapter, type LoraSettings, type LoraValues } from '../../src/engine/adapters/lora';
import type { Checkpoint } from '../../src/engine/checkpoint/document';
import { createFullTrainable } from '../../src/engine/full/fullTrainable';
import type { Model } from '../../src/engine/model/model';
import { putValues } from '../../src/engine/train/runState';
import { TunesmithError } from '../../src/lib/errors';
import type { AdapterOrigin } from './exportFolder';
import type { LoadedModel } from './modelLoads';

/** An adapter's numbers off the device: what survives the device, and a run that is given up. */
export interface AdapterCopy {
  settings: LoraSettings;
  values: readonly LoraValues[];
  origin: AdapterOrigin;
}

/** A whole tuned model on disk: what survives the device, and a run that is given up. */
export interface ModelCopy {
  origin: AdapterOrigin;
  /** Its document, checked; rejects where it is there no more, or damaged. */
  open(): Promise<Checkpoint>;
}

/** What tuning left, off the device. */
export type TunedCopy = AdapterCopy | ModelCopy;

/** What tuning left: an adapter beside the model's weights, or those weights, changed. */
export type Tuned =
  { kind: 'adapter'; adapter: LoraAdapter; origin: AdapterOrigin } | { kind: 'model'; origin: AdapterOrigin };

/** Loads the same weights once more, on the device that is open then. */
export type Reload = (onProgress: (loadedBytes: number, totalBytes: number) => void) => Promise<LoadedModel>;

const unheard = (): void => undefined;

/**
 * The loaded model and what tuning made of it. Full fine-tuning changes the weights in place, so the base is then not on the
 * device any more: it is loaded again from its unchanged files when it is asked for, to answer beside the tuned model, and
 * when something else is to be tuned. A second copy of the weights is less than the gradients and moments that the run took
 * and gave back, so comparing never needs more memory than training did; while a run goes on there is no room for it.
 *
 * What is tuned has a copy off the device when it is at rest: an adapter in memory, a whole model on disk, where a kept run has
 * left it. While a run goes on, that copy is all there is of what was tuned before.
 */
export class TunedState {
  #loaded: LoadedModel | null = null;
  #base: LoadedModel | null = null;
  /** Null: no model is wanted. */
  #reload: Reload | null = null;
  #copy: TunedCopy | null = null;
  #tuned: Tuned | null = null;

  get tuned(): Tuned | null {
    return this.#tuned;
  }

  /** Whether {@link restore} was begun and could not be finished. */
  get isAway(): boolean {
    return this.#reload !== null && this.#loaded === null;
  }

  /** The model that answers and is trained. Throws `model/none`. */
  need(): LoadedModel {
    if (!this.#loaded) throw noModel();
    return this.#loaded;
  }

  /** Takes a model over. */
  loaded(model: LoadedModel, reload: Reload): void {
    this.#loaded = model;
    this.#reload = reload;
  }

  /** Frees model, base and what was tuned. */
  unload(): void {
    this.#freeTuned();
    this.#copy = null;
    this.#base?.model.dispose();
    this.#base = null;
    this.#loaded?.model.dispose();
    this.#loaded = null;
    this.#reload = null;
  }

  /** Begins a run: frees the adapter that is there, if any, and returns the copy of what is tuned for {@link putBack}. */
  setAside(): TunedCopy | null {
    const copy = this.#copy;
    if (this.#tuned?.kind === 'adapter') this.#freeTuned();
    return copy;
  }

  /** What a run tunes answers for the tuned side from now on. */
  training(tuned: Tuned): void {
    this.#tuned = tuned;
    this.#copy = null;
  }

  /** The changed weights are on disk from now on. */
  keptAs(copy: ModelCopy): void {
    if (this.#tuned?.kind === 'model') this.#copy = copy;
  }

  /** A run has ended, and what it tuned stays: takes the adapter's copy. */
  async settle(): Promise<void> {
    if (this.#tuned?.kind !== 'adapter') return;
    const { adapter, origin } = this.#tuned;
    this.#copy = { settings: adapter.settings, values: await adapter.read(), origin };
  }

  /**
   * Puts an adapter, a whole model, or nothing in the place of what is tuned. Changed weights give way to the base first;
   * `unchanged`: a full run ended before it touched any. A model that is on disk no more is nothing.
   */
  async putBack(copy: TunedCopy | null, unchanged = false): Promise<void> {
    if (unchanged && this.#tuned?.kind === 'model') this.#tuned = null;
    await this.restoreBase();
    const next = copy && (await this.#made(copy));
    this.#freeTuned();
    this.#copy = next && copy;
    this.#tuned = next;
  }

  /** The device is gone for good: nothing is tuned, and `copy` is what the next {@link restore} makes anew. */
  abandon(copy: TunedCopy | null): void {
    this.#freeTuned();
    this.#copy = copy;
  }

  /** Model and adapter that answer as the tuned side, or as the base. Errors: `adapter/none`, `model/base-away`. */
  async side(useTuned: boolean, isTraining: boolean): Promise<{ model: Model; lora: LoraAdapter | null }> {
    const tuned = this.#tuned;
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
    this.#base ??= await this.#again();
    return { model: this.#base.model, lora: null };
  }

  /** After a full run: the base's weights again, in place of the tuned ones, which are lost. Else nothing happens. */
  async restoreBase(): Promise<void> {
    if (this.#tuned?.kind !== 'model') return;
    this.#tuned = null;
    this.#loaded?.model.dispose();
    this.#loaded = this.#base;
    this.#base = null;
    this.#loaded ??= await this.#again();
  }

  /**
   * The device was lost: frees what was on it, opens another by `reopen`, loads the model again and makes the adapter anew from
   * its copy. Returns what could not be restored: weights that are not on disk, or what is in the middle of its run.
   */
  async restore(
    reopen: () => Promise<unknown>,
    onProgress: (loadedBytes: number, totalBytes: number) => void,
  ): Promise<Tuned['kind'] | null> {
    const had = this.#tuned?.kind ?? null;
    this.#freeTuned();
    this.#base?.model.dispose();
    this.#base = null;
    this.#loaded?.model.dispose();
    this.#loaded = null;
    await reopen();
    if (this.#reload) this.#loaded = await this.#reload(onProgress);
    this.#tuned = this.#copy && this.#loaded && (await this.#made(this.#copy));
    if (!this.#tuned) this.#copy = null;
    return this.#tuned ? null : had;
  }

  #again(): Promise<LoadedModel> {
    return this.#reload?.(unheard) ?? Promise.reject(noModel());
  }

  /** Null: the model's document is gone. Throws `checkpoint/other-run`, `recipe/full-dtype`, `adapter/mismatch`. */
  async #made(copy: TunedCopy): Promise<Tuned | null> {
    const { model } = this.need();
    const { origin } = copy;
    if ('values' in copy)
      return { kind: 'adapter', adapter: createLora(model, copy.settings, { values: copy.values }), origin };
    const trained = createFullTrainable(model);
    const document = await copy.open().catch(() => null);
    if (!document) return null;
    await putValues(model, trained, document);
    return { kind: 'model', origin };
  }

  #freeTuned(): void {
    if (this.#tuned?.kind === 'adapter') this.#tuned.adapter.dispose();
    this.#tuned = null;
  }
}

const noModel = (): TunesmithError => new TunesmithError('model/none', 'model: none is loaded; load a model first');
