import { createLora } from '../../src/engine/adapters/lora';
import { loadModel } from '../../src/engine/model/loadModel';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { optimizerStep } from '../../src/engine/train/optimizerStep';
import { beginRun } from '../../src/engine/train/runState';
import type { Kernels } from '../../src/kernels/kernels';
import type { ExampleTable } from '../../src/protocol/example';
import { recipeSchema } from '../../src/recipe/schema';
import type { Contender } from '../contender';
import {
  adapterTensors,
  builtinSides,
  frozenTensors,
  learningRate,
  loraAlpha,
  rank,
  valuesOf,
  type Row,
} from './workload';

/** The studio's own step, by the code that the trainer runs: AdamW, clipping (never reached here) and block checkpointing included. */
export async function prepareOurs(kernels: Kernels, rows: readonly Row[], checkpointing: boolean): Promise<Contender> {
  const sides = builtinSides;
  const config = parseModelConfig({
    model_type: 'qwen2',
    architectures: ['Qwen2ForCausalLM'],
    hidden_act: 'silu',
    hidden_size: sides.hiddenSize,
    intermediate_size: sides.feedForwardSize,
    num_hidden_layers: sides.layers,
    num_attention_heads: sides.heads,
    num_key_value_heads: sides.kvHeads,
    vocab_size: sides.vocabSize,
    rms_norm_eps: sides.rmsNormEps,
    rope_theta: sides.ropeTheta,
    max_position_embeddings: sides.maxPositions,
    tie_word_embeddings: true,
  });
  const tensors = new Map(frozenTensors(sides).map((tensor) => [tensor.name, tensor]));
  const model = await loadModel(
    kernels,
    config,
    {
      list: () => [...tensors.values()].map(({ name, shape }) => ({ name, shape, dtype: 'F32' })),
      read: (name) => {
        const tensor = tensors.get(name);
        return tensor ? Promise.resolve(valuesOf(tensor)) : Promise.reject(new Error(`${name}: no such tensor`));
      },
    },
    { name: 'bench' },
  );
  const recipe = recipeSchema.parse({
    dataset: { shuffle: false },
    adapter: { r: rank, lora_alpha: loraAlpha },
    training: {
      per_device_train_batch_size: rows.length,
      gradient_accumulation_steps: 1,
      learning_rate: learningRate,
      max_grad_norm: 1e9,
      gradient_checkpointing: checkpointing,
    },
  });
  const adapter = createLora(kernels, config, recipe.adapter, { values: factors() });
  const state = await beginRun(model, adapter, { recipeHash: '', dataHash: '', seed: 0 }, null, 2);
  const table = tableOf(rows);
  const window = [Uint32Array.from(rows.keys())];
  return {
    once: async () => {
      const { loss } = await optimizerStep(model, adapter, state, table, window, recipe, learningRate);
      await kernels.finish();
      return loss;
    },
  };
}

/** The adapter's factors as the stock model starts from them. */
function factors() {
  const tensors = adapterTensors(builtinSides);
  return tensors
    .filter(({ name }) => name.endsWith('.lora_A.weight'))
    .map((a) => {
      const b = tensors.find(({ name }) => name === a.name.replace('lora_A', 'lora_B'));
      if (!b) throw new Error(`${a.name}: has no B`);
      const module = a.name.replace(/^base_model\.model\./, '').replace(/\.lora_A\.weight$/, '');
      return { module, inFeatures: a.shape[1] ?? 0, outFeatures: b.shape[0] ?? 0, a: valuesOf(a), b: valuesOf(b) };
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
