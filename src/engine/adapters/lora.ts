import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import { linearNames, linearPath, linearShape, type ModelConfig } from '../model/modelConfig';
import { free, keep } from '../scope';
import type { Trainable } from '../train/trainable';

/**
 * LoRA (Hu et al. 2021): h = W·x + s·B·A·dropout(x), s = α/R, with rsLoRA (Kalajdzievski 2023) s = α/√R.
 * All factors lie in one flat buffer, so that the optimizer is one call: module by module A [R, in], then B [out, R], each at
 * a multiple of 64 elements; the gaps stay zero.
 */
export interface LoraSettings {
  r: number;
  lora_alpha: number;
  lora_dropout: number;
  /** Module names or ends of their paths; `all-linear`: every linear module of a block. */
  target_modules: 'all-linear' | readonly string[];
  use_rslora: boolean;
}

/** One adapted module; `a`, `b` and their gradients are parts of the flat buffers. */
export interface LoraModule {
  path: string;
  /** Position among all adapted modules: seeds its dropout. */
  index: number;
  inFeatures: number;
  outFeatures: number;
  aOffset: number;
  bOffset: number;
  a: View;
  b: View;
  /** Null while the adapter is only used, not trained. */
  aGradient: View | null;
  bGradient: View | null;
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

/** Factors of one module in JavaScript: A [R, in], B [out, R]. */
export interface LoraValues {
  module: string;
  inFeatures: number;
  outFeatures: number;
  a: Float32Array;
  b: Float32Array;
}

const alignment = 64;
const aligned = (elements: number): number => Math.ceil(elements / alignment) * alignment;

/** Paths of the modules that `targets` names, in order of computation. Throws `recipe/target-modules` for a name without a module. */
export function targetedModules(
  config: ModelConfig,
  targets: LoraSettings['target_modules'],
): { path: string; shape: [number, number] }[] {
  const all = Array.from({ length: config.layers }, (_, layer) =>
    linearNames.map((name) => ({ path: linearPath(layer, name), shape: linearShape(config, name) })),
  ).flat();
  if (targets === 'all-linear') return all;
  const matches = (path: string, target: string): boolean => path === target || path.endsWith(`.${target}`);
  const unknown = targets.filter((target) => !all.some(({ path }) => matches(path, target)));
  if (unknown.length > 0)
    throw new TunesmithError(
      'recipe/target-modules',
      `adapter.target_modules: must name linear modules of the model (${linearNames.join(', ')}), got ${unknown.join(', ')}`,
      { path: 'adapter.target_modules' },
    );
  return all.filter(({ path }) => targets.some((target) => matches(path, target)));
}

/**
 * A fresh adapter: A uniform in ±1/√in (PyTorch's kaiming_uniform_ with a = √5), B zero, so that it changes nothing yet.
 * `seed` decides A. With `values` (from a PEFT folder) the factors are those; they must fit, else `adapter/mismatch`.
 */
export function createLora(
  kernels: Kernels,
  config: ModelConfig,
  settings: LoraSettings,
  start: { seed: number } | { values: readonly LoraValues[] },
): LoraAdapter {
  const targets = targetedModules(config, settings.target_modules);
  const layout: Omit<LoraModule, 'a' | 'b' | 'aGradient' | 'bGradient'>[] = [];
  let size = 0;
  for (const {
    path,
    shape: [outFeatures, inFeatures],
  } of targets) {
    const aOffset = size;
    const bOffset = aOffset + aligned(settings.r * inFeatures);
    size = bOffset + aligned(outFeatures * settings.r);
    layout.push({ path, index: layout.length, inFeatures, outFeatures, aOffset, bOffset });
  }
  const flat = new Float32Array(size);
  if ('seed' in start) fillFresh(flat, layout, settings.r, start.seed);
  else fillGiven(flat, layout, settings.r, start.values);
  const values = keep(kernels.upload(flat, [size]));
  const part = (buffer: View, offset: number, shape: [number, number]): View => ({
    storage: buffer.storage,
    offset: buffer.offset + offset,
    shape,
  });
  const modules = new Map<string, LoraModule>();
  for (const entry of layout)
    modules.set(entry.path, {
      ...entry,
      a: part(values, entry.aOffset, [settings.r, entry.inFeatures]),
      b: part(values, entry.bOffset, [entry.outFeatures, settings.r]),
      aGradient: null,
      bGradient: null,
    });
  const adapter: LoraAdapter = {
    settings,
    scale: settings.lora_alpha / (settings.use_rslora ? Math.sqrt(settings.r) : settings.r),
    parameters: layout.reduce((sum, { inFeatures, outFeatures }) => sum + settings.r * (inFeatures + outFeatures), 0),
    modules,
    values,
    gradients: null,
    get buffers() {
      return [adapter];
    },
    get lora() {
      return adapter;
    },
    weightGradients: null,
    // LoRA+ (Hayou et al. 2024): the rate of every B is `ratio` times that of A. Without it the buffer is one group.
    groups({ loraplus_lr_ratio: ratio }) {
      if (ratio === null) return [{ buffer: 0, offset: 0, size, rateFactor: 1, decays: true }];
      return layout.flatMap(({ aOffset, bOffset, inFeatures, outFeatures }) => [
        { buffer: 0, offset: aOffset, size: settings.r * inFeatures, rateFactor: 1, decays: true },
        { buffer: 0, offset: bOffset, size: outFeatures * settings.r, rateFactor: ratio, decays: true },
      ]);
    },
    async read() {
      const numbers = await kernels.read(values);
      return layout.map(({ path, inFeatures, outFeatures, aOffset, bOffset }) => ({
        module: path,
        inFeatures,
        outFeatures,
        a: numbers.slice(aOffset, aOffset + settings.r * inFeatures),
        b: numbers.slice(bOffset, bOffset + outFeatures * settings.r),
      }));
    },
    startTraining() {
      const gradients = keep(kernels.zeros([size]));
      adapter.gradients = gradients;
      for (const module of modules.values()) {
        module.aGradient = part(gradients, module.aOffset, [settings.r, module.inFeatures]);
        module.bGradient = part(gradients, module.bOffset, [module.outFeatures, settings.r]);
      }
    },
    stopTraining() {
      free(adapter.gradients);
      adapter.gradients = null;
      for (const module of modules.values()) module.aGradient = module.bGradient = null;
    },
    dispose() {
      adapter.stopTraining();
      free(values);
    },
  };
  return adapter;
}

type Layout = readonly { path: string; inFeatures: number; outFeatures: number; aOffset: number; bOffset: number }[];

function fillFresh(flat: Float32Array, layout: Layout, r: number, seed: number): void {
  const random = new Random(seed, 101);
  for (const { inFeatures, aOffset } of layout) {
    const bound = 1 / Math.sqrt(inFeatures);
    for (let index = 0; index < r * inFeatures; index++) flat[aOffset + index] = (2 * random.uniform() - 1) * bound;
  }
}

function fillGiven(flat: Float32Array, layout: Layout, r: number, values: readonly LoraValues[]): void {
  const mismatch = (module: string, rule: string): never => {
    throw new TunesmithError('adapter/mismatch', `adapter, ${module}: ${rule}; it was made for another model`, {
      path: module,
    });
  };
  const given = new Map(values.map((entry) => [entry.module, entry]));
  for (const { path, inFeatures, outFeatures, aOffset, bOffset } of layout) {
    const entry = given.get(path);
    if (!entry) return mismatch(path, 'adapter_config.json targets this module, but it has no weights');
    if (entry.a.length !== r * inFeatures || entry.b.length !== outFeatures * r)
      return mismatch(
        path,
        `A must be [${r}, ${inFeatures}] and B [${outFeatures}, ${r}], got ${entry.a.length} and ${entry.b.length} numbers`,
      );
    flat.set(entry.a, aOffset);
    flat.set(entry.b, bOffset);
    given.delete(path);
  }
  for (const module of given.keys()) mismatch(module, 'this module is not among the targets of the model');
}
