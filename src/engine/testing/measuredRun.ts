import type { Kernels } from '../../kernels/kernels';
import type { WeightFormat } from '../../kernels/weights/weight';
import { Random } from '../../lib/random';
import type { BackendName } from '../../protocol/device';
import type { ExampleTable } from '../../protocol/example';
import type { Recipe } from '../../recipe/schema';
import { createLora } from '../adapters/lora';
import type { DeviceMemory } from '../device/openEngine';
import { createFullTrainable } from '../full/fullTrainable';
import { generate } from '../generate/generate';
import { forecastParts, type SizedRun } from '../memory/forecast';
import { sizesOf } from '../memory/largestBatches';
import { loadModel } from '../model/loadModel';
import type { ModelConfig } from '../model/modelConfig';
import { wantedTensors } from '../model/weights';
import { tableOf } from './fixtures';
import { collectRun } from './runs';

export interface MeasuredRun {
  forecast: SizedRun['parts'];
  forecastBytes: number;
  /** The most that tensors held, over what they held before the model was loaded. */
  peakBytes: number;
  /** Taken from the system, what the backend keeps for later use among it, at the end. */
  reservedBytes: number;
  /** Still held after the run. */
  leftBytes: number;
}

/** The device that a run is measured on. */
export interface Measured {
  kernels: Kernels;
  memory: Pick<DeviceMemory, 'read' | 'resetPeak'>;
}

/**
 * The forecast of a whole run, and what it takes: made-up weights are loaded, rows of seeded lengths up to `max_length` evaluated,
 * learned and answered by the trainer's own loop. The last half of a row is learned.
 */
export async function measureRun(
  { kernels, memory }: Measured,
  device: BackendName,
  config: ModelConfig,
  recipe: Recipe,
  { format, rows }: { format: WeightFormat; rows: number },
): Promise<MeasuredRun> {
  const random = new Random(recipe.training.seed, 5);
  const length = Math.min(recipe.training.max_length, config.maxPositions);
  const table = (count: number): ExampleTable =>
    tableOf(
      Array.from({ length: count }, (_, row) => {
        const own = row === 0 ? length : Math.max(8, Math.ceil(length * random.uniform()));
        const inputIds = Int32Array.from({ length: own }, () => random.below(config.vocabSize));
        return { row, inputIds, labels: inputIds.map((id, at) => (2 * at < own ? -100 : id)) };
      }),
    );
  const train = table(rows);
  const validation = table(Math.max(2, rows >> 1));
  const sizes = { train: sizesOf(train), validation: sizesOf(validation) };
  const { parts } = forecastParts(config, recipe, format, device, sizes);
  const before = memory.read().bytes;
  memory.resetPeak();
  const model = await loadModel(kernels, config, madeUp(config), { name: 'made up', format });
  const isLora = recipe.adapter.kind === 'lora';
  const lora = isLora ? createLora(model, recipe.adapter, { seed: 1 }) : null;
  const promptIds = Array.from(train.inputIds.subarray(0, length >> 1));
  const sample = async (): Promise<string> => {
    const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1 };
    const { max_new_tokens } = recipe.generation;
    const asked = { promptIds, max_new_tokens, ...sampling, seed: 0, stopStrings: [], eosTokenIds: [] };
    return (await generate(model, lora, asked, { decoder: { push: () => '', end: () => '' } })).text;
  };
  await collectRun(
    model,
    lora ?? createFullTrainable(model),
    { recipe, train, validation, samples: [{ row: 0, prompt: '', promptIds, expected: '' }] },
    { hooks: { sample } },
  );
  const { peakBytes, reservedBytes } = memory.read();
  lora?.dispose();
  model.dispose();
  await kernels.finish();
  return {
    forecast: parts,
    forecastBytes: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0),
    peakBytes: peakBytes - before,
    reservedBytes,
    leftBytes: memory.read().bytes - before,
  };
}

/** Weights of small random numbers. */
export function madeUp(config: ModelConfig) {
  return {
    list: () => wantedTensors(config).map((tensor) => ({ ...tensor, dtype: 'F32' })),
    read(name: string, first: number, count: number) {
      const values = new Float32Array(count);
      // Hashed indices: far faster than a random number each.
      for (let at = 0; at < count; at++) values[at] = (Math.imul(first + at + name.length, 0x9e3779b1) >> 8) / 2 ** 27;
      return Promise.resolve(values);
    },
  };
}
