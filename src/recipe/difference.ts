import { defaultRecipe, type Recipe } from './schema';

/** A key whose value is not the default. */
interface RecipeDifference {
  /** Dotted, for example `training.learning_rate`. */
  path: string;
  value: unknown;
  default: unknown;
}

/** What differs between a recipe and another (the defaults), in the schema's order. */
export function recipeDifference(recipe: Recipe, base: Recipe = defaultRecipe()): RecipeDifference[] {
  const differences: RecipeDifference[] = [];
  const walk = (value: unknown, other: unknown, path: string): void => {
    if (isSection(value) && isSection(other) && Object.keys(other).length > 0) {
      for (const key of new Set([...Object.keys(other), ...Object.keys(value)])) {
        walk(value[key], other[key], path === '' ? key : `${path}.${key}`);
      }
    } else if (JSON.stringify(value) !== JSON.stringify(other)) {
      differences.push({ path, value, default: other });
    }
  };
  walk(recipe, base, '');
  return differences;
}

const isSection = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
