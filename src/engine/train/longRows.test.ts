import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEventBody } from '../../protocol/run';
import type { SamplePrompt } from '../../protocol/training';
import { createLora } from '../adapters/lora';
import { generate } from '../generate/generate';
import type { Model } from '../model/model';
import { openFixture, tableOf, testRecipe, type Fixture } from '../testing/fixtures';
import { openPlainKernels } from '../testing/openPlainKernels';
import { collectRun } from '../testing/runs';

describe('what is longer than the model reads, 96 tokens', () => {
  let fixture: Fixture;
  let model: Model;
  beforeAll(async () => {
    fixture = await openFixture('qwen2');
    model = await fixture.model(await openPlainKernels());
    expect(model.config.maxPositions).toBe(96);
  });
  afterAll(() => model.dispose());

  const settings = {
    r: 2,
    lora_alpha: 4,
    lora_dropout: 0,
    target_modules: ['q_proj'],
    use_rslora: false,
    use_dora: false,
  };
  const row = (number: number, tokens: number) => {
    const inputIds = Int32Array.from({ length: tokens }, (_, index) => 1 + (index % 50));
    return { row: number, inputIds, labels: inputIds };
  };
  const prompt = (number: number, tokens: number): SamplePrompt => ({
    row: number,
    prompt: `p${number}`,
    promptIds: [...row(0, tokens).inputIds],
    expected: '',
  });
  /** Answers as the compute worker does. */
  const sample = async ({ promptIds }: SamplePrompt): Promise<string> => {
    const greedy = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1, seed: 0 };
    const asked = { ...greedy, promptIds, max_new_tokens: 2, stopStrings: [], eosTokenIds: [] };
    const decoder = { push: (id: number) => `${id} `, end: () => '' };
    return (await generate(model, null, asked, { decoder })).text;
  };

  test('a row: refused before the first step, by its number', async () => {
    const long = tableOf([row(0, 8), row(1, 8), row(7, 97), row(8, 120)]);
    const short = tableOf([row(0, 8), row(1, 96)]);
    const recipe = testRecipe({ max_steps: 2, gradient_accumulation_steps: 1, eval_strategy: 'epoch' });
    const events: RunEventBody[] = [];
    const emit = (event: RunEventBody): unknown => events.push(event);
    for (const [train, validation, of] of [
      [long, null, 'training'],
      [short, long, 'validation'],
    ] as const) {
      const adapter = createLora(model, settings, { seed: 1 });
      await expect(
        collectRun(model, adapter, { recipe, train, validation }, { hooks: { emit } }),
      ).rejects.toMatchObject({
        code: 'model/too-long',
        message: expect.stringMatching(
          new RegExp(`^${of} row 8: this model reads at most 96 tokens, got 120 \\(2 rows`),
        ) as string,
        details: { path: 'training.max_length', data: { row: 8, rows: 2 } },
      });
      adapter.dispose();
    }
    expect(events).toEqual([]);
    // Nobody looks at validation rows where nothing is evaluated.
    const adapter = createLora(model, settings, { seed: 1 });
    const blind = testRecipe({ max_steps: 1, gradient_accumulation_steps: 1 });
    const { steps } = await collectRun(model, adapter, { recipe: blind, train: short, validation: long });
    expect(steps).toHaveLength(1);
    adapter.dispose();
  });

  const watched = async (samples: SamplePrompt[], samplePool: SamplePrompt[], max_length = 96) => {
    const recipe = testRecipe({
      max_steps: 1,
      gradient_accumulation_steps: 1,
      sample_steps: 1,
      sample_size: 3,
      max_length,
    });
    const adapter = createLora(model, settings, { seed: 1 });
    const request = { recipe, train: tableOf([row(0, 8), row(1, 8)]), samples, samplePool };
    const { events } = await collectRun(model, adapter, request, { hooks: { sample } });
    adapter.dispose();
    const rows = events.flatMap((event) => (event.event === 'sample' && event.step === 0 ? [event.row] : []));
    const warnings = events.flatMap((event) => (event.event === 'warning' ? [event] : []));
    return { rows, warnings };
  };

  test('a prompt, of a row whose text was cut: left out with a word, and the run goes on', async () => {
    const { rows, warnings } = await watched([prompt(-1, 95), prompt(3, 96), prompt(4, 200)], []);
    expect(rows).toEqual([-1]);
    expect(warnings).toMatchObject([{ code: 'train/long-prompts' }]);
    expect(warnings[0]?.message).toMatch(/may have 95 tokens .* and 2 of them have more; they are not answered/);
  });

  test('rows that are as long as training sees them are chosen instead; a question may be longer', async () => {
    const enough = [prompt(1, 30), prompt(2, 31), prompt(3, 30), prompt(4, 300)];
    const { rows, warnings } = await watched([prompt(-1, 60)], enough, 30);
    expect(rows.sort()).toEqual([-1, 1, 3]);
    expect(warnings).toEqual([]);
    const few = await watched([prompt(-1, 60)], enough.slice(1), 30);
    expect(few.rows.sort()).toEqual([-1, 3]);
    expect(few.warnings[0]?.message).toMatch(/one of a row 30 .* 2 of them .* raise training.max_length/);
  });
});
