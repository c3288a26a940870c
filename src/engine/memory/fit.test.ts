import { describe, expect, test } from 'vitest';
import { recipeSchema, type RecipeInput } from '../../recipe/schema';
import families from '../fixtures/families.json';
import { parseModelConfig } from '../model/parseConfig';
import { suggestFit } from './fit';
import { movesFor } from './fitMoves';
import { memoryForecast, type ForecastDevice } from './memoryForecast';

const config = parseModelConfig({
  model_type: 'qwen2',
  hidden_size: 128,
  intermediate_size: 320,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 2000,
  max_position_embeddings: 1024,
  tie_word_embeddings: true,
});
const half = parseModelConfig(families.models.find(({ name }) => name.startsWith('Qwen2.5-0.5B'))?.config);
const device = (availableBytes: number): ForecastDevice => ({
  backend: 'wasm',
  formats: ['f32', 'f16', 'int8', 'int4'],
  availableBytes,
});
const recipeOf = (training: RecipeInput['training'], adapter: RecipeInput['adapter'] = {}) =>
  recipeSchema.parse({ training: { max_length: 256, ...training }, adapter });
const large = recipeOf({
  gradient_checkpointing: false,
  per_device_train_batch_size: 6,
  gradient_accumulation_steps: 2,
  per_device_eval_batch_size: 4,
});
const total = (recipe = large): number => memoryForecast(config, recipe, device(2 ** 40)).total;
const paths = (found: Awaited<ReturnType<typeof suggestFit>>) => found?.changes.map(({ path, to }) => [path, to]);

describe('settings that fit', () => {
  test('what fits stays as it is', async () => {
    expect(await suggestFit(config, large, device(2 ** 40))).toBeNull();
  });

  test('the least harm first, and no more than is needed', async () => {
    const checkpointed = { ...large, training: { ...large.training, gradient_checkpointing: true } };
    const found = await suggestFit(config, large, device(total(checkpointed) / 0.75 + 1));
    expect(paths(found)).toEqual([['training.gradient_checkpointing', true]]);
    expect(found?.forecast).toMatchObject({ verdict: 'fits', total: total(checkpointed) });
  });

  test('smaller batches keep the rows of a step; what turned out to be unneeded is taken back', async () => {
    const found = await suggestFit(config, large, device(total() / 4 / 0.75));
    const changes = Object.fromEntries(paths(found) ?? []) as Record<string, number>;
    const batch = changes['training.per_device_train_batch_size'] ?? 0;
    expect(batch * (changes['training.gradient_accumulation_steps'] ?? 0)).toBe(12);
    // With any one of the changes undone it would not fit: the next larger batch among them.
    const tried = structuredClone(large);
    for (const { path, to } of found?.changes ?? []) {
      const [group, key] = path.split('.') as ['training', string];
      (tried[group] as Record<string, unknown>)[key] = to;
    }
    expect(memoryForecast(config, tried, device(2 ** 40)).total).toBe(found?.forecast.total);
    for (const { path, from } of found?.changes ?? []) {
      if (path === 'training.gradient_accumulation_steps') continue;
      const [group, key] = path.split('.') as ['training', string];
      const without = structuredClone(tried);
      (without[group] as Record<string, unknown>)[key] = from;
      expect(total(without), path).toBeGreaterThan(total() / 4);
    }
  });

  test('weights in fewer bits, shorter rows and a smaller rank, in this order; null where nothing helps', async () => {
    const recipe = recipeOf({ max_length: 1024, optim: 'lion' }, { r: 64, lora_alpha: 128 });
    const found = await suggestFit(config, recipe, device(4.4e6), { loaded: 'f32' });
    expect(found?.forecast.verdict).toBe('fits');
    const names = found?.changes.map(({ path }) => path) ?? [];
    const order = ['model.dtype', 'training.max_length', 'adapter.r', 'adapter.lora_alpha'];
    expect(names).toEqual(order.filter((name) => names.includes(name)));
    expect(names).toContain('adapter.r');
    const value = (path: string) => Number(found?.changes.find((one) => one.path === path)?.to);
    expect(value('adapter.lora_alpha')).toBe(2 * value('adapter.r'));
    expect(await suggestFit(config, recipe, device(1e5))).toBeNull();
  });

  test('rows decide: a length that cuts nothing costs nothing', async () => {
    const rows = {
      train: { tokens: Uint32Array.of(40, 300, 90), supervised: Uint32Array.of(20, 150, 40) },
      validation: null,
    };
    const recipe = recipeOf({ max_length: 1024 });
    const whole = memoryForecast(config, recipe, device(2 ** 40), { rows });
    expect(whole.total).toBeLessThan(0.7 * total(recipe));
    const found = await suggestFit(config, recipe, device(whole.total), { rows });
    expect(found?.forecast.verdict).toBe('fits');
    for (const { path, consequence } of found?.changes ?? [])
      if (path === 'training.max_length') expect(consequence).toMatch(/of 3 rows/);
  });

  test('full fine-tuning of 0.5 B: 8-bit moments, or an adapter', async () => {
    const recipe = recipeOf({ max_length: 64 }, { kind: 'none' });
    const found = await suggestFit(half, recipe, device(4 * 2 ** 30));
    expect(found?.changes.map(({ path }) => path)).toContain('adapter.kind');
    expect(found?.forecast.total).toBeLessThan(0.75 * 4 * 2 ** 30);
  });

  test('a batch gives way to its divisors, whatever number it is', () => {
    const steps = (per_device_eval_batch_size: number) =>
      movesFor(recipeOf({ per_device_eval_batch_size }), 'f32', ['f32'], null)
        .flatMap((move) => move.steps.flat())
        .flatMap(({ path, to }) => (path === 'training.per_device_eval_batch_size' ? [to] : []));
    expect(steps(12)).toEqual([6, 4, 3, 2, 1]);
    expect(steps(9)).toEqual([3, 1]);
    expect(steps(1)).toEqual([]);
    // More than any list holds.
    expect(steps(2 ** 33).slice(0, 2)).toEqual([2 ** 32, 2 ** 31]);
  });

  test('after a failure less than the recipe takes is suggested, even where its forecast fits', async () => {
    const found = await suggestFit(config, large, device(2 ** 40), { failed: true });
    expect(found?.forecast.total).toBeLessThanOrEqual(0.9 * total());
  });
});
