import { readFileSync } from 'node:fs';
import { parseRecipe } from '../../src/recipe/parseRecipe';
import { defaultRecipe, type Recipe } from '../../src/recipe/schema';
import { needFile } from './input';

/** The recipe of `--recipe`, complete; the defaults where none is given. @throws `recipe/…` with every problem. */
export function readRecipe(path: string | undefined): Recipe {
  if (path === undefined) return defaultRecipe();
  const format = path.toLowerCase().endsWith('.toml') ? 'toml' : 'json';
  return parseRecipe(readFileSync(needFile('recipe', path), 'utf8'), { format });
}
