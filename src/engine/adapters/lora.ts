import type { View } from '../../kernels/runtime/view';
import { assert } from '../../lib/errors';
import type { Model } from '../model/model';
import { free, keep, orDispose } from '../scope';
import type { ParameterGroup, Trainable } from '../train/trainable';
import { createDora, type Dora, type DoraModule } from './dora';
import { loraLayout, type ModuleLayout } from './layout';
import { freshValues, givenValues } from './start';

/**
 * LoRA (Hu et al. 2021): h = W·x + s·B·A·dropout(x), s = α/R, with rsLoRA (Kalajdzievski 2023) s = α/√R.
 * All factors lie in one flat buffer, so that the optimizer is one call: module by module A [R, in], then B [out, R], with DoRA
 * the magnitudes [out], each at a multiple of 64 elements; the gaps stay zero.
 */
export interface LoraSettings {
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  /** Module names or ends of their paths; `all-linear`: every linear module of a block. */
  target_modules: 'all-linear' | readonly string[];
  use_rslora: boolean;
  use_dora: boolean;
}

/** One adapted module; `a`, `b` and their gradients are parts of the flat buffers. */
export interface LoraModule extends ModuleLayout {
  a: View;
  b: View;
  /** Null while the adapter is only used, not trained. */
  aGradient: View | null;
  bGradient: View | null;
  /** Null without DoRA. */
  dora: DoraModule | null;
}

export interface LoraAdapter extends Trainable {
  settings: LoraSettings;
  scale: number;
  modules: Map<string, LoraModule>;
  /** The flat buffer p. */
  values: View;
  /** g; null unless training. */
  gradients: View | null;
  /** Values of every module, read from the device. */
  read(): Promise<LoraValues[]>;
  dispose(): void;
}

/** Numbers of one module in JavaScript: A [R, in], B [out, R], with DoRA m [out]. */
export interface LoraValues {
  module: string;
  inFeatures: number;
  outFeatures: number;
  a: Float32Array;
  b: Float32Array;
  magnitude: Float32Array | null;
}

/**
 * A fresh adapter: A from `seed`, B zero, DoRA's magnitudes the norms, so that it changes nothing yet. With `values` (from a PEFT
 * folder) the numbers are those; `empty`, all zero, is for who only counts. It outlives tidy scopes: `dispose()` it. Throws `recipe/target-modules`, `adapter/mismatch`.
 */
export function createLora(
  model: Pick<Model, 'kernels' | 'config' | 'blocks'>,
  settings: LoraSettings,
  start: { seed: number } | { values: readonly LoraValues[] } | { empty: true },
): LoraAdapter {
  const { kernels } = model;
  const { r } = settings;
  const layout = loraLayout(model.config, settings);
  const { size } = layout;
  const scale = settings.lora_alpha / (settings.use_rslora ? Math.sqrt(r) : r);
  const upload = (flat: Float32Array): View => kernels.upload(flat, [size]);
  const values = keep(
    'seed' in start
      ? upload(freshValues(layout, r, start.seed))
      : 'values' in start
        ? upload(givenValues(layout, r, start.values))
        : // Nothing in JavaScript: of a rank that no machine could hold the bytes are still to be told.
          kernels.zeros([size]),
  );
  const part = (buffer: View, offset: number, shape: readonly number[]): View => ({
    storage: buffer.storage,
    offset: buffer.offset + offset,
    shape,
  });
  const list = layout.modules.map((entry): LoraModule => ({
    ...entry,
    a: part(values, entry.aOffset, [r, entry.inFeatures]),
    b: part(values, entry.bOffset, [entry.outFeatures, r]),
    aGradient: null,
    bGradient: null,
    dora: null,
  }));
  const startDora = (): Dora => {
    const dora = createDora(kernels, doraSources(model, list, values), scale);
    orDispose(dora.dispose, 'values' in start ? dora.refresh : dora.resetMagnitudes);
    return dora;
  };
  const dora = settings.use_dora ? orDispose(() => free(values), startDora) : null;
  list.forEach((module, index) => (module.dora = dora?.modules[index] ?? null));

  const adapter: LoraAdapter = {
    settings,
    scale,
    parameters: layout.parameters,
    modules: new Map(list.map((module) => [module.path, module])),
    values,
    gradients: null,
    get buffers() {
      return [adapter];
    },
    get lora() {
      return adapter;
    },
    weightGradients: null,
    // LoRA+ (Hayou et al. 2024): the rate of every B, and of every vector, is `ratio` times that of A, as in PEFT.
    groups({ loraplus_lr_ratio: ratio }, apart = false) {
      if (ratio === null && !apart) return [{ buffer: 0, offset: 0, size, rateFactor: 1, decays: true }];
      return list.flatMap(({ aOffset, bOffset, mOffset, inFeatures, outFeatures }) => {
        const group = (offset: number, elements: number, rateFactor: number): ParameterGroup => ({
          buffer: 0,
          offset,
          size: elements,
          rateFactor,
          decays: true,
        });
        const groups = [group(aOffset, r * inFeatures, 1), group(bOffset, outFeatures * r, ratio ?? 1)];
        return mOffset === null ? groups : [...groups, group(mOffset, outFeatures, ratio ?? 1)];
      });
    },
    changed: () => dora?.refresh(),
    async read() {
      const numbers = await kernels.read(values);
      return list.map(({ path, inFeatures, outFeatures, aOffset, bOffset, mOffset }) => ({
        module: path,
        inFeatures,
        outFeatures,
        a: numbers.slice(aOffset, aOffset + r * inFeatures),
        b: numbers.slice(bOffset, bOffset + outFeatures * r),
        magnitude: mOffset === null ? null : numbers.slice(mOffset, mOffset + outFeatures),
      }));
    },
    startTraining() {
      const gradients = keep(kernels.zeros([size]));
      adapter.gradients = gradients;
      for (const module of list) {
        module.aGradient = part(gradients, module.aOffset, module.a.shape);
        module.bGradient = part(gradients, module.bOffset, module.b.shape);
        if (module.dora && module.mOffset !== null)
          module.dora.magnitudeGradient = part(gradients, module.mOffset, [module.outFeatures]);
      }
    },
    stopTraining() {
      free(adapter.gradients);
      adapter.gradients = null;
      for (const module of list) {
        module.aGradient = module.bGradient = null;
        if (module.dora) module.dora.magnitudeGradient = null;
      }
    },
    dispose() {
      adapter.stopTraining();
      dora?.dispose();
      free(values);
    },
  };
  return adapter;
}

/** Each adapted module's numbers and the frozen weight beside them. */
function doraSources({ blocks }: Pick<Model, 'blocks'>, modules: readonly LoraModule[], values: View) {
  const weights = new Map(
    blocks.flatMap(({ linears }) => Object.values(linears).map(({ path, weight }) => [path, weight])),
  );
  return modules.map(({ path, a, b, mOffset, outFeatures }) => {
    const weight = weights.get(path);
    assert(weight && mOffset !== null, `${path}: no weight, or no place for its magnitudes`);
    const magnitude = { storage: values.storage, offset: values.offset + mOffset, shape: [outFeatures] };
    return { a, b, magnitude, weight };
  });
}
