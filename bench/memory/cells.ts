import type { WeightFormat } from '../../src/kernels/weights/weight';
import type { BackendName } from '../../src/protocol/device';
import type { RecipeInput } from '../../src/recipe/schema';

/** One run whose memory is forecast and measured. */
export interface Cell {
  model: keyof typeof models;
  format: WeightFormat;
  /** 0: all weights are trained. */
  rank: number;
  length: number;
  batch: number;
  checkpointing: boolean;
  optim: 'adamw' | 'adamw_8bit' | 'lion';
}

const sides = (
  width: number,
  feedForward: number,
  layers: number,
  heads: number,
  kvHeads: number,
  vocabulary: number,
) => ({
  model_type: 'qwen2',
  hidden_size: width,
  intermediate_size: feedForward,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: kvHeads,
  vocab_size: vocabulary,
  max_position_embeddings: 2048,
  tie_word_embeddings: true,
});

/** Shapes of Qwen2 with made-up weights: 0.2, 1, 4, 17 and 58 million parameters. */
export const models = {
  '0.2M': sides(64, 176, 3, 4, 2, 1000),
  '1M': sides(128, 320, 4, 4, 2, 2000),
  '4M': sides(256, 704, 5, 4, 2, 4096),
  '17M': sides(384, 1056, 6, 6, 2, 16_000),
  '58M': sides(640, 1760, 8, 10, 2, 32_000),
};

const formats = ['f32', 'f16', 'int8', 'int4'] as const;
const optims = ['adamw', 'adamw_8bit', 'lion'] as const;

/**
 * Every model with every rank, length and both settings of checkpointing that fit into a few minutes; formats, optimizers and
 * batches take turns so that each meets every other. Devices in software get fewer and shorter ones.
 */
export function cellsOf(backend: BackendName): Cell[] {
  const cells: Cell[] = [];
  let turn = 0;
  const add = (model: Cell['model'], ranks: number[], lengths: number[], batches = [1, 2]): void => {
    for (const rank of ranks)
      for (const length of lengths)
        for (const checkpointing of [true, false]) {
          const format = rank === 0 ? 'f32' : (formats[turn % 4] ?? 'f32');
          const optim = optims[turn % 3] ?? 'adamw';
          // Of both settings of checkpointing, either may get the larger batch.
          const batch = batches[(turn >> 2) % batches.length] ?? 1;
          cells.push({ model, format, rank, length, batch, checkpointing, optim });
          turn++;
        }
  };
  if (backend === 'wasm') {
    add('0.2M', [4, 16, 64], [64, 256, 1024], [1, 4]);
    add('1M', [4, 16, 64, 0], [64, 256, 1024]);
    add('4M', [4, 16, 64, 0], [64, 256, 1024]);
    add('17M', [4, 64], [64, 512]);
    add('17M', [0], [64]);
    add('58M', [16], [64, 256], [1]);
  } else {
    add('0.2M', [4, 64], [64, 256, 1024], [1, 4]);
    add('1M', [16, 0], [64, 256]);
    add('4M', [16], [64, 256], [1]);
    add('17M', [16], [64], [1]);
  }
  return cells;
}

/** A short whole run: an evaluation before, between and after two steps, and answers. */
export const recipeOf = ({ format, rank, length, batch, checkpointing, optim }: Cell): RecipeInput => ({
  model: { dtype: format },
  adapter: rank === 0 ? { kind: 'none' } : { r: rank },
  generation: { max_new_tokens: 4 },
  training: {
    max_length: length,
    max_steps: 2,
    per_device_train_batch_size: batch,
    per_device_eval_batch_size: batch,
    gradient_accumulation_steps: 1,
    gradient_checkpointing: checkpointing,
    optim,
    eval_strategy: 'steps',
    eval_steps: 2,
    sample_steps: 2,
    sample_size: 1,
    save_steps: null,
  },
});
