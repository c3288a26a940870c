import { afterEach, expect, test } from 'vitest';
import { TunesmithError } from '../lib/errors';
import type { MaskEffect } from '../protocol/dataApi';
import { defaultRecipe } from '../recipe/schema';
import { replaceClients } from './clients';
import { measureEffect } from './measureEffect';
import { fakeClients } from './testing/fakeClients';

afterEach(() => replaceClients(null));

/** A worker that, as the real one, gives up a measurement when the next begins. */
function worker(): string[] {
  const log: string[] = [];
  let job = 0;
  const others = fakeClients();
  others.data.previewEffect = async (recipe) => {
    const mine = ++job;
    log.push(recipe.loss.span);
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (mine !== job) throw new TunesmithError('data/cancelled', 'a newer one has begun');
    if (recipe.loss.span === 'markers') throw new TunesmithError('recipe/missing-marker', 'a marker is needed');
    return { rows: job } as MaskEffect;
  };
  replaceClients(others);
  return log;
}
const under = (span: 'trl' | 'content' | 'markers') => ({
  ...defaultRecipe(),
  loss: { ...defaultRecipe().loss, span },
});

test('two measurements at once are both answered, one after the other', async () => {
  worker();
  const answers = await Promise.all(
    [under('trl'), under('content')].map((recipe) => measureEffect(recipe, () => true)),
  );
  expect(answers.map((answer) => answer?.rows)).toEqual([1, 2]);
});

test('what is no longer wanted is not measured, and a refusal does not stop the next', async () => {
  const log = worker();
  const refused = measureEffect(under('markers'), () => true);
  const unwanted = measureEffect(under('trl'), () => false);
  const wanted = measureEffect(under('content'), () => true);
  await expect(refused).rejects.toThrow('a marker is needed');
  expect(await unwanted).toBeNull();
  expect((await wanted)?.rows).toBe(2);
  expect(log).toEqual(['markers', 'content']);
});
