import { createLora } from '../../src/engine/adapters/lora';
import { loadModel } from '../../src/engine/model/loadModel';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { optimizerStep } from '../../src/engine/train/optimizerStep';
import { beginRun, endRun } from '../../src/engine/train/runState';
import type { Model } from '../../src/engine/model/model';
import type { Kernels } from '../../src/kernels/kernels';
import type { WeightFormat } from '../../src/kernels/weights/weight';
import type { ExampleTable } from '../../src/protocol/example';
import { recipeSchema } from '../../src/recipe/schema';
import type { Contender, StepWork } from '../contender';
import {
  adapterTensors,
  configOf,
  frozenTensors,
  learningRate,
  loraAlpha,
  rank,
  valuesOf,
  type ModelSides,
  type Row,
} from './workload';

/** A model of made-up weights, loaded by the code that loads every model. */
export function openModel(kernels: Kernels, sides: ModelSides, format: WeightFormat): Promise<Model> {
  const tensors = new Map(frozenTensors(sides).map((tensor) => [tensor.name, tensor]));
  let last = { name: '', values: new Float32Array() };
  // A tensor is read in pieces, one after the other.
  const read = (name: string, first = 0, count?: number): Promise<Float32Array> => {
    const tensor = tensors.get(name);
    if (!tensor) return Promise.reject(new Error(`${name}: no such tensor`));
    if (last.name !== name) last = { name, values: valuesOf(tensor) };
    return Promise.resolve(last.values.slice(first, count === undefined ? undefined : first + count));
  };
  return loadModel(
    kernels,
    parseModelConfig(configOf(sides)),
    { list: () => [...tensors.values()].map(({ name, shape }) => ({ name, shape, dtype: 'F32' })), read },
    { name: 'bench', format },
  );
}

/** The studio's own step, by the code that the trainer runs: AdamW, clipping (never reached here) and block checkpointing included. */
export async function prepareOurs(
  kernels: Kernels,
  { sides, rows, r = rank, rate = learningRate, format = 'f32' }: StepWork,
): Promise<Contender> {
  const model = await openModel(kernels, sides, format);
  const recipe = recipeSchema.parse({
    dataset: { shuffle: false },
    adapter: { r, lora_alpha: loraAlpha },
    training: {
      per_device_train_batch_size: rows.length,
      gradient_accumulation_steps: 1,
      learning_rate: learningRate,
      max_grad_norm: 1e9,
    },
  });
  const adapter = createLora(model, recipe.adapter, { values: factors(sides, r) });
  const state = await beginRun(model, adapter, recipe, { recipeHash: '', dataHash: '', seed: 0 }, null);
  const table = tableOf(rows);
  const window = [Uint32Array.from(rows.keys())];
  return {
    once: async () => {
      const { loss } = await optimizerStep(model, adapter, state, table, window, recipe, rate);
      await kernels.finish();
      return loss;
    },
    dispose: () => {
      endRun(adapter, state);
      adapter.dispose();
      model.dispose();
    },
  };
}

/** The adapter's factors as the stock model starts from them. */
function factors(sides: ModelSides, r: number) {
  const tensors = adapterTensors(sides, r);
  return tensors
    .filter(({ name }) => name.endsWith('.lora_A.weight'))
    .map((a) => {
      const b = tensors.find(({ name }) => name === a.name.replace('lora_A', 'lora_B'));
      if (!b) throw new Error(`${a.name}: has no B`);
      const module = a.name.replace(/^base_model\.model\./, '').replace(/\.lora_A\.weight$/, '');
      const sides = { inFeatures: a.shape[1] ?? 0, outFeatures: b.shape[0] ?? 0 };
      return { module, ...sides, a: valuesOf(a), b: valuesOf(b), magnitude: null };
    });
}

function tableOf(rows: readonly Row[]): ExampleTable {
  const offsets = [0];
  for (const { inputIds } of rows) offsets.push((offsets.at(-1) ?? 0) + inputIds.length);
  return {
    inputIds: Int32Array.from(rows.flatMap(({ inputIds }) => inputIds)),
    labels: Int32Array.from(rows.flatMap(({ labels }) => labels)),
    offsets: Uint32Array.from(offsets),
    rows: Uint32Array.from(rows.keys()),
  };
}
