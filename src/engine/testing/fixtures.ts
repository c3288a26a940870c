import { readFileSync } from 'node:fs';
import { readPeftFolder } from '../../formats/peft/adapterFolder';
import type { PeftConfig } from '../../formats/peft/adapterConfig';
import { toFloat32 } from '../../formats/safetensors/dtypes';
import { floatTensors } from '../../formats/safetensors/floatTensors';
import { rangedBytes } from '../../lib/ranged';
import { openSafetensors } from '../../formats/safetensors/readSafetensors';
import type { Kernels } from '../../kernels/kernels';
import type { WeightFormat } from '../../kernels/weights/weight';
import type { Example, ExampleTable } from '../../protocol/example';
import { recipeSchema, type Recipe, type RecipeInput } from '../../recipe/schema';
import { createLora, type LoraAdapter, type LoraValues } from '../adapters/lora';
import { loadModel } from '../model/loadModel';
import type { Model } from '../model/model';
import { parseModelConfig } from '../model/parseConfig';

/** Reference models and numbers made by tools/fixtures/engine/makeFixtures.py. */
export const fixtureNames = ['qwen2', 'qwen3', 'llama'] as const;
export type FixtureName = (typeof fixtureNames)[number];

interface Expected {
  rows: { input_ids: number[]; labels: number[] }[];
  base_sum_loss: number;
  base_greedy: number[];
  adapted_greedy: number[];
  batch_loss: number;
  batch_supervised: number;
  run: RecipeInput['training'] & { max_steps: number };
  curve: { loss: number; grad_norm: number; learning_rate: number; supervised_tokens: number }[];
}

export interface Fixture {
  expected: Expected;
  /** Tensors of expected.safetensors. */
  tensor(name: string): Promise<Float32Array>;
  tensorNames: string[];
  adapterConfig: PeftConfig;
  adapterValues: LoraValues[];
  examples: Example[];
  /** The model; `config` changes its config.json, `format` is f32 by default. */
  model(kernels: Kernels, variant?: { config?: object; format?: WeightFormat }): Promise<Model>;
  adapter(model: Model): LoraAdapter;
}

/** Numbers made by tools/fixtures/engine/makeFamilies.py: as {@link Expected}, of a model changed in one way. */
export interface Variant extends Pick<Expected, 'base_sum_loss' | 'base_greedy' | 'batch_loss'> {
  /** Changes of config.json. */
  change?: object;
  curve?: Expected['curve'];
  tensor(name: string): Promise<Float32Array>;
  tensorNames: string[];
}

/** Numbers made by tools/fixtures/engine/makeRegularizers.py: loss and gradients of the first four rows. */
export interface Reference {
  loss: number;
  alpha?: number;
  seed?: number;
  epsilon?: number;
  eval_loss?: number;
  tensor(name: string): Promise<Float32Array>;
  tensorNames: string[];
}

const bytesOf = (name: FixtureName, file: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/${name}/${file}`, import.meta.url)));
const jsonOf = (name: FixtureName, file: string): unknown => JSON.parse(new TextDecoder().decode(bytesOf(name, file)));

export async function openFixture(name: FixtureName): Promise<Fixture> {
  const expected = jsonOf(name, 'expected.json') as Expected;
  const tensors = await openSafetensors(rangedBytes(bytesOf(name, 'expected.safetensors')), 'expected.safetensors');
  const folder = ['adapter_config.json', 'adapter_model.safetensors'].map((file) => ({
    name: file,
    bytes: bytesOf(name, file),
  }));
  const { config: adapterConfig, pairs } = await readPeftFolder(folder);
  const weights = await openSafetensors(rangedBytes(bytesOf(name, 'model.safetensors')), 'model.safetensors');
  const source = floatTensors(new Map([...weights.tensors.keys()].map((key) => [key, weights])));
  return {
    expected,
    tensor: async (key) => toFloat32('F32', await tensors.read(key), key),
    tensorNames: [...tensors.tensors.keys()],
    adapterConfig,
    adapterValues: pairs,
    examples: expected.rows.map(({ input_ids, labels }, row) => ({
      row,
      inputIds: Int32Array.from(input_ids),
      labels: Int32Array.from(labels),
    })),
    model: (kernels, { config = {}, format = 'f32' } = {}) =>
      loadModel(kernels, parseModelConfig({ ...(jsonOf(name, 'config.json') as object), ...config }), source, {
        name,
        format,
      }),
    adapter: (model) => createLora(model, adapterConfig, { values: pairs }),
  };
}

export async function openVariant(name: FixtureName, which: 'window' | 'half'): Promise<Variant> {
  const file = `${which}.safetensors`;
  const tensors = await openSafetensors(rangedBytes(bytesOf(name, file)), file);
  return {
    ...(jsonOf(name, `${which}.json`) as Omit<Variant, 'tensor' | 'tensorNames'>),
    tensor: async (key) => toFloat32('F32', await tensors.read(key), key),
    tensorNames: [...tensors.tensors.keys()],
  };
}

export async function openReference(name: FixtureName, which: 'neftune' | 'smoothing'): Promise<Reference> {
  const file = `${which}.safetensors`;
  const tensors = await openSafetensors(rangedBytes(bytesOf(name, file)), file);
  return {
    ...(jsonOf(name, `${which}.json`) as Pick<Reference, 'loss'>),
    tensor: async (key) => toFloat32('F32', await tensors.read(key), key),
    tensorNames: [...tensors.tensors.keys()],
  };
}

export function tableOf(examples: readonly Example[]): ExampleTable {
  const offsets = [0];
  for (const { inputIds } of examples) offsets.push((offsets.at(-1) ?? 0) + inputIds.length);
  return {
    inputIds: Int32Array.from(examples.flatMap(({ inputIds }) => [...inputIds])),
    labels: Int32Array.from(examples.flatMap(({ labels }) => [...labels])),
    offsets: Uint32Array.from(offsets),
    rows: Uint32Array.from(examples, ({ row }) => row),
  };
}

/** A recipe for tests: rows in order, no evaluation, samples or checkpoints unless asked for. */
export const testRecipe = (training: RecipeInput['training'], rest: RecipeInput = {}): Recipe =>
  recipeSchema.parse({
    ...rest,
    dataset: { shuffle: false, ...rest.dataset },
    training: { eval_strategy: 'no', save_steps: null, sample_steps: null, warmup_ratio: 0, ...training },
  });

/** max |a − b| ÷ max |b|: one number for a whole tensor. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (let index = 0; index < expected.length; index++) {
    const gap = Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? 0));
    if (!(gap <= difference)) difference = gap;
    size = Math.max(size, Math.abs(expected[index] ?? 0));
  }
  return actual.length === expected.length ? difference / size : Number.POSITIVE_INFINITY;
}
