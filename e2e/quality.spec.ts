import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Automation } from '../headless/cli/automation';
import { recipeSchema, type Recipe } from '../src/recipe/schema';
import { dist } from './globalSetup';
import { expect, studioUrl, test } from './studio';

/**
 * The built-in model, in small: questions of its own domain that training never saw, and the default sample set's facts in
 * phrasings that are not in its rows, before and after the default fine-tune. Greedy, so the same numbers on every run.
 * TUNESMITH_QUALITY_EVERY=1 asks every question.
 */
const everyNth = Number(process.env['TUNESMITH_QUALITY_EVERY'] ?? 5);
const wanted = { domain: 0.95, factsBefore: 0, factsAfter: 0.9, forgetting: 0.05 };

/** Text only: what the sample files hold. */
interface Turn {
  role: string;
  content: string;
}
interface Asked {
  messages: Turn[];
  expected: string;
}

const read = (path: string): Asked[] =>
  readFileSync(join(dist, path), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const { messages } = JSON.parse(line) as { messages: Turn[] };
      return { messages: messages.slice(0, -1), expected: messages.at(-1)?.content ?? '' };
    });

/** Case, end marks and doubled spaces do not count. */
const normalised = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[.!?]+$/, '')
    .replace(/\s+/g, ' ')
    .trim();

test('the built-in model knows its domain, not the sample’s facts, learns them, and keeps the rest', async ({
  studio,
  page,
}) => {
  test.setTimeout(600_000);
  // As text: the recipe's type is recursive (template variables), which page.evaluate's types do not survive.
  const recipeText = JSON.stringify(
    recipeSchema.parse(JSON.parse(readFileSync(join(dist, 'models/builtin/recipe.json'), 'utf8'))),
  );
  const domain = read('models/builtin/eval.jsonl').filter((_, at) => at % everyNth === 0);
  const facts = read('samples/facts.heldout.jsonl');
  await studio.open('auto', `${studioUrl()}?automation`);
  await page.waitForFunction('globalThis.tunesmith !== undefined');

  await page.evaluate(async (recipeText) => {
    const recipe = JSON.parse(recipeText) as Recipe;
    const { tunesmith } = globalThis as unknown as { tunesmith: Automation };
    const { compute, data, proxy } = tunesmith;
    const source = {
      kind: 'url' as const,
      baseUrl: new URL('models/builtin/', document.baseURI).href,
      name: 'builtin',
    };
    await compute.openDevice('auto');
    await data.openModel(source);
    await compute.loadModel(
      source,
      {},
      proxy(() => {}),
    );
    const file = await (await fetch('samples/facts.jsonl')).blob();
    await data.openDataset(
      new File([file], 'facts.jsonl'),
      recipe,
      proxy(() => {}),
    );
  }, recipeText);
  const share = async (asked: Asked[], useAdapter: boolean): Promise<number> => {
    const answers = await page.evaluate(
      async ({ conversations, recipeText, useAdapter }) => {
        const recipe = JSON.parse(recipeText) as Recipe;
        const { tunesmith } = globalThis as unknown as { tunesmith: Automation };
        const texts: string[] = [];
        for (const messages of conversations) {
          const { inputIds } = await tunesmith.data.renderPrompt(messages, recipe);
          const greedy = {
            temperature: 0,
            top_k: 0,
            top_p: 1,
            min_p: 0,
            repetition_penalty: 1,
            seed: 0,
            max_new_tokens: 64,
          };
          const request = { id: 'quality', promptIds: inputIds, useAdapter, stopStrings: [], ...greedy };
          texts.push(
            (
              await tunesmith.compute.generate(
                request,
                tunesmith.proxy(() => {}),
              )
            ).text,
          );
        }
        return texts;
      },
      { conversations: asked.map(({ messages }) => messages), recipeText, useAdapter },
    );
    return (
      asked.filter(({ expected }, at) => normalised(answers[at] ?? '') === normalised(expected)).length / asked.length
    );
  };
  const before = { domain: await share(domain, false), facts: await share(facts, false) };
  await page.evaluate(async (recipeText) => {
    const recipe = JSON.parse(recipeText) as Recipe;
    const { tunesmith } = globalThis as unknown as { tunesmith: Automation };
    const { compute, data, proxy } = tunesmith;
    const train = await data.examples('train');
    const quiet = { ...recipe, training: { ...recipe.training, sample_steps: null, save_steps: null } };
    const request = {
      runId: 'quality',
      recipe: quiet,
      train,
      validation: null,
      samples: [],
      dataHash: '',
      adapter: null,
      checkpoint: null,
    };
    await compute.train(
      request,
      proxy(() => {}),
    );
  }, recipeText);
  const after = { domain: await share(domain, true), facts: await share(facts, true) };
  console.log(`built-in model: ${JSON.stringify({ questions: domain.length, facts: facts.length, before, after })}`);

  expect(before.domain).toBeGreaterThanOrEqual(wanted.domain);
  expect(before.facts).toBe(wanted.factsBefore);
  expect(after.facts).toBeGreaterThanOrEqual(wanted.factsAfter);
  expect(before.domain - after.domain).toBeLessThan(wanted.forgetting);
});
