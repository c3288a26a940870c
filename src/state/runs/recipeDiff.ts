/** What differs between recipes, in the words of the knobs. Pure. */
import { defaultRecipe, type Recipe } from '../../recipe/schema';
import { knobGroups } from '../recipeKnobs';
import { leaves, sameValue } from '../recipePaths';

/** A setting on which recipes disagree: one value for each of them, in their order. */
export interface DiffRow {
  /** Dotted, for example `training.learning_rate`. */
  path: string;
  /** The knob's name on the page. */
  label: string;
  values: unknown[];
}

const labels = new Map(knobGroups.flatMap(({ knobs }) => knobs.map(({ path, label }) => [path, label] as const)));

/** The settings on which two or more recipes disagree, in the schema's order; [] where all are the same. */
export function recipeDiff(recipes: readonly Recipe[]): DiffRow[] {
  const trees = recipes.map(leaves);
  const paths = new Set([leaves(defaultRecipe()), ...trees].flatMap((tree) => Object.keys(tree)));
  return [...paths].flatMap((path) => {
    const values = trees.map((tree) => tree[path]);
    const [first] = values;
    return values.every((value) => sameValue(value, first)) ? [] : [{ path, label: labels.get(path) ?? path, values }];
  });
}

/** Longer values are cut: a template of a thousand lines is no cell of a table. */
const longestText = 60;

/** A setting's value for a person: "off" for none, "on" for true, numbers as they are typed. */
export function settingText(value: unknown): string {
  if (value === null || value === undefined || value === false) return 'off';
  if (value === true) return 'on';
  if (typeof value === 'number') {
    return value !== 0 && Math.abs(value) < 0.001 ? value.toExponential() : String(value);
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const line = text === '' ? '(empty)' : text.replace(/\s+/g, ' ');
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}
