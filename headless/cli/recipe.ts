import { readFileSync } from 'node:fs';
import { defaultRecipe, type Recipe } from '../../src/recipe/schema';
import { parseRecipe } from '../../src/recipe/parse';
import { needFile } from './input';

/** The recipe of `--recipe`, complete; the defaults where none is given. @throws `recipe/…` with every problem. */
export function readRecipe(path: string | undefined): Recipe {
  if (path === undefined) return defaultRecipe();
  return parseRecipe(readFileSync(needFile('recipe', path), 'utf8'), path);
}
