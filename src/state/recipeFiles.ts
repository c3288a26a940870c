/** Recipes as files, JSON or TOML. */
import { stringify as tomlText } from 'smol-toml';
import { TunesmithError } from '../lib/errors';
import { parseRecipe, type RecipeFormat } from '../recipe/parseRecipe';
import { defaultRecipe, type Recipe } from '../recipe/schema';
import { offerFile } from './offerFile';
import { propose, refuseProposal } from './recipeProposal';
import { useRecipe } from './recipeStore';

/** A recipe is a page of settings; more is something else. */
const mostBytes = 2 ** 18;

const formatOf = (name: string): RecipeFormat => (/\.toml$/i.test(name) ? 'toml' : 'json');

/** TOML has no null; there the text "null" stands for it (recipe/parseRecipe.ts). */
function withoutNulls(value: unknown): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNulls(inner)]));
}

/** The whole recipe as a document that `parseRecipe` and the command line read. */
export const recipeText = (recipe: Recipe, format: RecipeFormat): string =>
  format === 'json' ? `${JSON.stringify(recipe, null, 2)}\n` : `${tomlText(withoutNulls(recipe))}\n`;

/** Gives a recipe (the one in force) to the browser's downloads. */
export function saveRecipe(format: RecipeFormat, recipe: Recipe = useRecipe.getState().recipe, name = 'recipe'): void {
  const type = format === 'json' ? 'application/json' : 'application/toml';
  offerFile(new Blob([recipeText(recipe, format)], { type }), `${name}.${format}`);
}

/** Whether a file is a recipe and not data: TOML, or one small JSON object with a recipe's sections and nothing else. */
async function isRecipe(file: File): Promise<boolean> {
  if (file.size > mostBytes) return false;
  if (/\.toml$/i.test(file.name)) return true;
  if (!/\.json$/i.test(file.name)) return false;
  try {
    const value: unknown = JSON.parse(await file.text());
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const keys = Object.keys(value);
    const sections = defaultRecipe();
    return keys.length > 0 && keys.every((key) => Object.hasOwn(sections, key));
  } catch {
    return false;
  }
}

/** The first recipe among files that were dropped; null where there is none. */
export async function recipeFileAmong(files: readonly File[]): Promise<File | null> {
  for (const file of files) if (await isRecipe(file)) return file;
  return null;
}

/** Reads the first of the files as a recipe and shows what it would change, or every problem that it has. */
export async function openRecipeFiles([file]: readonly File[]): Promise<void> {
  if (!file) return;
  try {
    if (file.size > mostBytes) {
      throw new TunesmithError(
        'recipe/too-large',
        `${file.name}: a recipe of at most ${mostBytes} bytes is needed, got ${file.size}; choose the recipe's own file`,
      );
    }
    const recipe = parseRecipe(await file.text(), { format: formatOf(file.name) });
    propose({ from: file.name, recipe: () => recipe, sameData: true });
  } catch (error) {
    refuseProposal(error);
  }
}
