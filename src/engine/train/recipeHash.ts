import { sha256 } from '../../lib/sha256';
import type { Recipe } from '../../recipe/schema';

/** JSON with the keys of every object in order of code units, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonicalJson(part)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 of the complete recipe's canonical JSON: the name of a configuration. */
export const recipeHash = (recipe: Recipe): Promise<string> => sha256(new TextEncoder().encode(canonicalJson(recipe)));
