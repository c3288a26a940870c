import { expect, test } from 'vitest';
import type { WeightFormat } from '../../kernels/weights/weight';
import { Random } from '../../lib/random';
import type { BackendName } from '../../protocol/device';
import type { RecipeInput } from '../../recipe/schema';
import { createLora } from '../adapters/lora';
import { createFullTrainable } from '../full/fullTrainable';
import { forecastParts } from '../memory/forecast';
import { loadModel } from '../model/loadModel';
import { parseModelConfig } from '../model/parseConfig';
import { optimizerStep } from '../train/optimizerStep';
import { beginRun, endRun } from '../train/runState';
import { tableOf, testRecipe } from './fixtures';
import { madeUp, measureRun, type Measured } from './measuredRun';

/** Wide enough that data outweighs what each tensor is rounded up by. */
const shape = {
  model_type: 'qwen2',
  hidden_size: 128,
  intermediate_size: 320,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 2000,
  max_position_embeddings: 1024,
  tie_word_embeddings: true,
};

interface Case {
  format?: WeightFormat;
  training?: RecipeInput['training'];
  adapter?: RecipeInput['adapter'];
  config?: object;
}

const cases: Record<string, Case> = {
  'short rows': { training: { max_length: 40 } },
  'long rows': { training: { max_length: 300 } },
  'long rows, activations kept': { training: { max_length: 300, gradient_checkpointing: false } },
  'two rows, rank 4, two modules': {
    training: { max_length: 120, per_device_train_batch_size: 2 },
    adapter: { r: 4, target_modules: ['q_proj', 'v_proj'] },
  },
  'rank 64, Lion': { training: { max_length: 120, optim: 'lion' }, adapter: { r: 64 } },
  'moments of 8 bits': { training: { max_length: 60, optim: 'adamw_8bit' }, adapter: { r: 64 } },
  'DoRA with dropout': { training: { max_length: 120 }, adapter: { use_dora: true, lora_dropout: 0.1 } },
  'NEFTune and label smoothing': { training: { max_length: 120, neftune_noise_alpha: 5, label_smoothing_factor: 0.1 } },
  'several blocks of a large vocabulary': { training: { max_length: 60 }, config: { vocab_size: 20_000 } },
  'Q/K norm, a head apart': {
    training: { max_length: 200 },
    config: { model_type: 'qwen3', head_dim: 48, tie_word_embeddings: false },
  },
  'all weights': { training: { max_length: 80 }, adapter: { kind: 'none' } },
  f16: { format: 'f16', training: { max_length: 120 } },
  int8: { format: 'int8', training: { max_length: 120 } },
  int4: { format: 'int4', training: { max_length: 120 } },
};

/** The forecast of memory against the peak that a real step reaches, within 10 %, over methods, lengths and formats. */
export function forecastSpec(open: () => Promise<Measured>, device: BackendName, names = Object.keys(cases)): void {
  test.each(names)('%s', async (name) => {
    const { format = 'f32', training = {}, adapter = {}, config: change = {} } = cases[name] ?? {};
    const { kernels, memory } = await open();
    const config = parseModelConfig({ ...shape, ...change });
    const recipe = testRecipe(training, { adapter, model: { dtype: format } });
    const { parts } = forecastParts(config, recipe, format, device);
    const before = memory.read().bytes;
    memory.resetPeak();
    const model = await loadModel(kernels, config, madeUp(config), { name: 'made up', format });
    // What stands still is known to the byte, but for what allocation rounds up.
    expect(memory.read().bytes - before).toBeGreaterThanOrEqual(model.facts.weightBytes);
    const trained =
      recipe.adapter.kind === 'lora' ? createLora(model, recipe.adapter, { seed: 1 }) : createFullTrainable(model);
    const identity = { recipeHash: '', dataHash: '', seed: 1 };
    const state = await beginRun(model, trained, recipe, identity, null);
    const { max_length: length, per_device_train_batch_size: rows } = recipe.training;
    const random = new Random(5);
    const table = tableOf(
      Array.from({ length: rows }, (_, row) => {
        const ids = Int32Array.from({ length }, () => Math.floor(random.uniform() * config.vocabSize));
        return { row, inputIds: ids, labels: ids };
      }),
    );
    const window = [Uint32Array.from({ length: rows }, (_, row) => row)];
    for (let step = 0; step < 2; step++) await optimizerStep(model, trained, state, table, window, recipe, 1e-4);
    const measured = memory.read().peakBytes - before;
    endRun(trained, state);
    if ('dispose' in trained) (trained as { dispose(): void }).dispose();
    model.dispose();
    const forecast = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
    const figures = `forecast ${forecast}, measured ${measured}: ${JSON.stringify(parts)}`;
    expect(Math.abs(forecast / measured - 1), figures).toBeLessThan(0.1);
    expect(memory.read().bytes - before).toBeLessThan(64 * 1024);
  });

  const kinds = ['lora', 'none'] as const;
  test.each(kinds)('a whole run (%s): rows of any length, evaluation, samples, the best put back', async (kind) => {
    // A GPU in software takes its time.
    const small = device === 'webgpu';
    const sides = small ? { hidden_size: 64, intermediate_size: 160, num_hidden_layers: 2 } : {};
    const config = parseModelConfig({ ...shape, ...sides });
    const recipe = testRecipe(
      {
        max_length: small ? 64 : 160,
        max_steps: 2,
        per_device_train_batch_size: small ? 2 : 3,
        per_device_eval_batch_size: 2,
        eval_strategy: 'steps',
        eval_steps: 1,
        sample_steps: 2,
        sample_size: 1,
      },
      { adapter: { kind }, generation: { max_new_tokens: small ? 4 : 12 } },
    );
    const run = await measureRun(await open(), device, config, recipe, { format: 'f32', rows: small ? 4 : 9 });
    const { forecastBytes, peakBytes, leftBytes } = run;
    expect(Math.abs(forecastBytes / peakBytes - 1), JSON.stringify(run)).toBeLessThan(0.1);
    expect(leftBytes).toBeLessThan(64 * 1024);
  });
}
