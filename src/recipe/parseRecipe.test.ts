import { describe, expect, it } from 'vitest';
import { TunesmithError, type ErrorRecord } from '../lib/errors';
import { recipeDifference } from './difference';
import { parseRecipe, type RecipeFormat } from './parseRecipe';
import { defaultRecipe } from './schema';

function problemsOf(text: string, format: RecipeFormat = 'json'): ErrorRecord[] {
  try {
    parseRecipe(text, { format });
  } catch (error) {
    expect(error).toBeInstanceOf(TunesmithError);
    return (
      ((error as TunesmithError).details.data?.['problems'] as ErrorRecord[] | undefined) ?? [
        (error as TunesmithError).toRecord(),
      ]
    );
  }
  return [];
}

describe('a recipe', () => {
  it('may be empty, in both formats', () => {
    expect(parseRecipe('{}', { format: 'json' })).toEqual(defaultRecipe());
    expect(parseRecipe('', { format: 'toml' })).toEqual(defaultRecipe());
  });

  it('reads the same keys from TOML, with "null" for null', () => {
    const toml =
      'version = 1\n[training]\nlearning_rate = 1e-3\nmax_length = 512\nsample_steps = "null"\n[adapter]\ntarget_modules = ["q_proj"]\n';
    const json =
      '{"version":1,"training":{"learning_rate":0.001,"max_length":512,"sample_steps":null},"adapter":{"target_modules":["q_proj"]}}';
    expect(parseRecipe(toml, { format: 'toml' })).toEqual(parseRecipe(json, { format: 'json' }));
  });

  it('reports every problem with its path, and the nearest key of an unknown one', () => {
    const problems = problemsOf(
      JSON.stringify({
        trainig: {},
        training: { learning_rat: 1, max_length: '512', optim: 'adam', adam_beta1: 1 },
        adapter: { lora_r: 8, r: 0 },
        dataset: { format: 'csv', messages_template: [{ role: 'user' }] },
        loss: { max_length: 5, zzzzzzzz: 1 },
        max_seq_length: 5,
      }),
    );
    const byPath = new Map(problems.map((problem) => [problem.path, problem]));
    expect(byPath.get('trainig')).toMatchObject({ code: 'recipe/unknown-key', data: { nearest: 'training' } });
    expect(byPath.get('training.learning_rat')?.data).toEqual({ nearest: 'training.learning_rate' });
    expect(byPath.get('adapter.lora_r')?.data).toEqual({ nearest: 'adapter.r' });
    expect(byPath.get('loss.max_length')?.data).toEqual({ nearest: 'training.max_length' });
    expect(byPath.get('max_seq_length')?.data).toEqual({ nearest: 'training.max_length' });
    expect(byPath.get('loss.zzzzzzzz')?.message).toBe('loss.zzzzzzzz: this key is unknown; remove it');
    expect(byPath.get('training.max_length')?.message).toBe(
      'training.max_length: a number is needed, got "512"; change it or leave it out',
    );
    expect(byPath.get('training.optim')?.message).toMatch(
      /one of "adamw", "adamw_8bit", "sgd", "lion" is needed, got "adam"/,
    );
    expect(byPath.get('training.adam_beta1')?.message).toMatch(/less than 1 is needed, got 1/);
    expect(byPath.get('adapter.r')?.message).toMatch(/at least 1 is needed, got 0/);
    expect(byPath.get('dataset.messages_template[0].content')?.message).toMatch(/a text is needed, got nothing/);
    expect(byPath.get('dataset.format')?.code).toBe('recipe/bad-value');
    expect(problems).toHaveLength(12);
  });

  it('names what keys demand of each other', () => {
    const problems = problemsOf(
      '{"template":{"source":"custom"},"loss":{"span":"markers"},"training":{"eval_strategy":"steps"},"dataset":{"validation":1.5}}',
    );
    expect(problems.map(({ path }) => path)).toEqual([
      'template.text',
      'loss.begin_marker',
      'loss.end_marker',
      'training.eval_steps',
      'dataset.validation',
    ]);
  });

  it('is soon done with a key as long as a file, and with lists without end', () => {
    const begun = performance.now();
    expect(problemsOf(JSON.stringify({ ['x'.repeat(250_000)]: 1 }))).toMatchObject([{ code: 'recipe/unknown-key' }]);
    expect(performance.now() - begun).toBeLessThan(1000);
    const deep = `{"template":{"variables":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}}`;
    expect(() => parseRecipe(deep, { format: 'json' })).toThrow(/^recipe: .* nested too deeply/);
  });

  it('says where a text is no JSON or TOML', () => {
    expect(problemsOf('{"a":')).toMatchObject([{ code: 'recipe/not-json' }]);
    const [toml] = problemsOf('[training]\nseed = = 1', 'toml');
    expect(toml?.code).toBe('recipe/not-toml');
    expect(toml?.message).toMatch(/^recipe: line 2, column \d+: valid TOML is needed/);
    expect(problemsOf('[]')).toMatchObject([{ code: 'recipe/wrong-type' }]);
    expect(problemsOf('{"__proto__": {"x": 1}}')).toMatchObject([{ code: 'recipe/unknown-key' }]);
  });
});

describe('the difference from the defaults', () => {
  it('lists changed keys only', () => {
    const recipe = parseRecipe(
      '{"training":{"seed":42,"learning_rate":0.003},"dataset":{"columns":{"a":"b"}},"adapter":{"target_modules":["q_proj"]}}',
      { format: 'json' },
    );
    expect(recipeDifference(recipe)).toEqual([
      { path: 'dataset.columns', value: { a: 'b' }, default: {} },
      { path: 'training.learning_rate', value: 0.003, default: 2e-4 },
      { path: 'adapter.target_modules', value: ['q_proj'], default: 'all-linear' },
    ]);
    expect(recipeDifference(defaultRecipe())).toEqual([]);
  });
});
