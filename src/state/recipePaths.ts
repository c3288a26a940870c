/** A recipe as a tree of leaves, addressed by dotted paths (`training.learning_rate`). Pure. */
import { recipeSchema, type Recipe, type RecipeInput } from '../recipe/schema';

/** Changes by path: what a person edited, or what a model or sample recommends. */
export type RecipeEdits = Record<string, unknown>;

const isBranch = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Free-form maps are one knob each, not a branch to descend. */
const opaque = new Set(['dataset.columns', 'dataset.role_map', 'template.variables']);

/** Every leaf of a recipe (or a part of one) by path, in the schema's order. */
export function leaves(recipe: RecipeInput): RecipeEdits {
  const found: RecipeEdits = {};
  const walk = (branch: Record<string, unknown>, prefix: string): void => {
    for (const [key, value] of Object.entries(branch)) {
      const path = prefix + key;
      if (isBranch(value) && !opaque.has(path)) walk(value, `${path}.`);
      else if (value !== undefined) found[path] = value;
    }
  };
  walk(recipe, '');
  return found;
}

/** The value at a path. */
export function valueAt(recipe: Recipe, path: string): unknown {
  let value: unknown = recipe;
  for (const key of path.split('.')) value = isBranch(value) ? value[key] : undefined;
  return value;
}

/** Two leaf values are the same choice. */
export const sameValue = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

function withEdits(recipe: Recipe, edits: RecipeEdits): unknown {
  const copy = structuredClone(recipe) as Record<string, unknown>;
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    let branch = copy;
    for (const key of keys) {
      const next = branch[key];
      if (!isBranch(next)) return copy;
      branch = next;
    }
    branch[last] = value;
  }
  return copy;
}

/** The recipe with changes laid over it. Throws a ZodError where a change does not fit the schema. */
export function mergeRecipe(recipe: Recipe, ...changes: RecipeEdits[]): Recipe {
  return recipeSchema.parse(changes.reduce<unknown>((merged, edits) => withEdits(merged as Recipe, edits), recipe));
}

/** Why a value does not fit at a path, in the schema's words; null when it does. */
export function problemAt(recipe: Recipe, path: string, value: unknown): string | null {
  const result = recipeSchema.safeParse(withEdits(recipe, { [path]: value }));
  return result.success ? null : (result.error.issues[0]?.message ?? 'not a valid value');
}

/** Paths at which two recipes differ. */
export function differences(a: Recipe, b: Recipe): string[] {
  const other = leaves(b);
  return Object.entries(leaves(a))
    .filter(([path, value]) => !sameValue(value, other[path]))
    .map(([path]) => path);
}

/** What the data wing's arrays depend on: when this text changes, rows have to be labelled anew. */
export function labelKey(recipe: Recipe): string {
  const { dataset, template, loss } = recipe;
  const { max_length, truncation } = recipe.training;
  return JSON.stringify({ dataset, template, loss, max_length, truncation, seed: recipe.training.seed });
}
