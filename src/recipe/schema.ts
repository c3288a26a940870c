import { z } from 'zod';

/**
 * The recipe: one strict, versioned document. Keys that exist in TRL, transformers or PEFT carry exactly their names.
 * Every key is optional in a file; the defaults live here and nowhere else.
 */
const count = z.int().min(0);
const positive = z.int().min(1);
const fraction = z.number().min(0).max(1);
const everySteps = positive.nullable();
/** A share of the rows (below 1), a number of rows, or the name of a file. */
const split = z.union([z.number().min(0), z.string().min(1)]);

const model = z.strictObject({
  id: z.string().min(1).default('builtin'),
  revision: z.string().min(1).default('main'),
  dtype: z.enum(['auto', 'f32', 'f16', 'int8', 'int4']).default('auto'),
});

export const datasetFormats = [
  'auto',
  'messages',
  'sharegpt',
  'alpaca',
  'dolly',
  'openorca',
  'prompt_completion',
  'question_answer',
  'text',
  'preference',
] as const;

const dataset = z.strictObject({
  format: z.enum(datasetFormats).default('auto'),
  columns: z.record(z.string(), z.string()).default({}),
  role_map: z.record(z.string(), z.string()).default({}),
  system_prompt: z.string().nullable().default(null),
  messages_template: z
    .array(z.strictObject({ role: z.string(), content: z.string() }))
    .nullable()
    .default(null),
  shuffle: z.boolean().default(true),
  take: positive.nullable().default(null),
  drop_duplicates: z.boolean().default(false),
  validation: split.default(0.1),
  test: split.default(0),
  max_rows_in_error: count.default(0),
});

export const templatePresets = [
  'chatml',
  'alpaca',
  'simple-delimiters',
  'human-assistant',
  'llama3',
  'zephyr',
  'phi3',
  'mistral',
] as const;

const template = z.strictObject({
  source: z.enum(['model', 'preset', 'custom']).default('model'),
  preset: z.enum(templatePresets).nullable().default(null),
  text: z.string().nullable().default(null),
  variables: z.record(z.string(), z.json()).default({}),
  enable_thinking: z.boolean().default(false),
});

const loss = z.strictObject({
  train_on: z.enum(['all_assistant', 'last_assistant', 'all']).default('all_assistant'),
  span: z.enum(['generation', 'trl', 'content', 'markers', 'response_template']).default('trl'),
  begin_marker: z.string().nullable().default(null),
  end_marker: z.string().nullable().default(null),
  response_template: z.string().nullable().default(null),
});

const training = z.strictObject({
  max_length: positive.default(1024),
  truncation: z.enum(['drop_oldest_turns', 'keep_start', 'keep_end']).default('drop_oldest_turns'),
  packing: z.boolean().default(false),
  padding_free: z.boolean().default(false),
  num_train_epochs: z.number().positive().default(1),
  max_steps: z.union([z.literal(-1), positive]).default(-1),
  per_device_train_batch_size: positive.default(1),
  gradient_accumulation_steps: positive.default(8),
  per_device_eval_batch_size: positive.default(1),
  learning_rate: z.number().positive().default(2e-4),
  lr_scheduler_type: z
    .enum(['constant', 'constant_with_warmup', 'linear', 'cosine', 'cosine_with_restarts', 'polynomial'])
    .default('cosine'),
  warmup_steps: count.default(0),
  warmup_ratio: fraction.default(0.03),
  optim: z.enum(['adamw', 'adamw_8bit', 'sgd', 'lion']).default('adamw'),
  weight_decay: z.number().min(0).default(0),
  adam_beta1: z.number().min(0).lt(1).default(0.9),
  adam_beta2: z.number().min(0).lt(1).default(0.999),
  adam_epsilon: z.number().positive().default(1e-8),
  max_grad_norm: z.number().min(0).default(1),
  neftune_noise_alpha: z.number().positive().nullable().default(null),
  label_smoothing_factor: z.number().min(0).lt(1).default(0),
  gradient_checkpointing: z.boolean().default(true),
  eval_strategy: z.enum(['no', 'steps', 'epoch']).default('epoch'),
  eval_steps: everySteps.default(null),
  save_steps: everySteps.default(50),
  save_total_limit: positive.nullable().default(3),
  load_best_model_at_end: z.boolean().default(true),
  early_stopping_patience: positive.nullable().default(null),
  early_stopping_threshold: z.number().min(0).default(0),
  sample_steps: everySteps.default(25),
  sample_size: count.default(3),
  logging_steps: everySteps.default(1),
  seed: z.int().min(0).max(4294967295).default(42),
});

const adapter = z.strictObject({
  kind: z.enum(['lora', 'none']).default('lora'),
  r: positive.default(16),
  lora_alpha: z.number().positive().default(32),
  lora_dropout: z.number().min(0).lt(1).default(0),
  target_modules: z.union([z.literal('all-linear'), z.array(z.string()).min(1)]).default('all-linear'),
  use_rslora: z.boolean().default(false),
  use_dora: z.boolean().default(false),
  loraplus_lr_ratio: z.number().positive().nullable().default(null),
});

const generation = z.strictObject({
  max_new_tokens: positive.default(256),
  temperature: z.number().min(0).default(0.7),
  top_p: z.number().gt(0).max(1).default(0.9),
  top_k: count.default(40),
  min_p: fraction.default(0),
  repetition_penalty: z.number().positive().default(1.05),
  seed: z.int().min(0).nullable().default(null),
});

export const recipeSchema = z.strictObject({
  version: z.literal(1).default(1),
  model: model.prefault({}),
  dataset: dataset.prefault({}),
  template: template.prefault({}),
  loss: loss.prefault({}),
  training: training.prefault({}),
  adapter: adapter.prefault({}),
  generation: generation.prefault({}),
});

/** A complete recipe: every key has a value. */
export type Recipe = z.output<typeof recipeSchema>;
/** A recipe as people write it: any subset of the keys. */
export type RecipeInput = z.input<typeof recipeSchema>;

/** The recipe with every default, fresh each time. */
export const defaultRecipe = (): Recipe => recipeSchema.parse({});
