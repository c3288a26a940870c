import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { toErrorRecord } from '../../src/lib/errors';
import { parseRecipe } from '../../src/recipe/parseRecipe';
import { defaultRecipe, type Recipe } from '../../src/recipe/schema';
import { readRecipe } from './recipe';

/**
 * The recipe that an answer is made by: the given one; else the defaults, with template, system prompt and thinking switch of
 * the run that left the adapter, or the model, in its `recipe.json`: chat sends what training saw (rules.md 12).
 */
export function chatRecipe(
  given: string | undefined,
  folders: readonly (string | undefined)[],
  say: (message: string) => void,
): Recipe {
  if (given !== undefined) return readRecipe(given);
  const recipe = defaultRecipe();
  const path = folders
    .flatMap((folder) => (folder === undefined ? [] : [join(folder, 'recipe.json')]))
    .find((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  if (path === undefined) return recipe;
  try {
    const { template, loss, dataset } = parseRecipe(readFileSync(path, 'utf8'), { format: 'json' });
    say(`template: as ${path} has it`);
    return { ...recipe, template, loss, dataset: { ...recipe.dataset, system_prompt: dataset.system_prompt } };
  } catch (error) {
    say(`${path}: passed over, ${toErrorRecord(error).message}`);
    return recipe;
  }
}
