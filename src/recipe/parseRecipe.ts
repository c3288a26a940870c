/** A recipe's text → a complete recipe, or every problem of it at once. */
import { parse as parseToml, TomlError } from 'smol-toml';
import type { z } from 'zod';
import { TunesmithError, type ErrorRecord } from '../lib/errors';
import { conflictsOf } from './conflicts';
import { keyPaths, nearestKey } from './nearestKey';
import { defaultRecipe, recipeSchema, type Recipe } from './schema';

export type RecipeFormat = 'json' | 'toml';
type CheckedRecipe = { ok: true; recipe: Recipe } | { ok: false; problems: ErrorRecord[] };

/**
 * Parses a recipe. TOML has no null: there the text "null" stands for it.
 * Throws `recipe/invalid` with every problem in `data.problems` (each with code, path and what to do), or
 * `recipe/not-json`, `recipe/not-toml` when the text itself can't be read.
 */
export function parseRecipe(text: string, { format }: { format: RecipeFormat }): Recipe {
  const checked = checkRecipe(readText(text, format));
  if (checked.ok) return checked.recipe;
  const { problems } = checked;
  const [first] = problems;
  const head = problems.length === 1 ? '' : `${problems.length} problems; `;
  throw new TunesmithError('recipe/invalid', `recipe: ${head}${problems.map(({ message }) => message).join('; ')}`, {
    ...(first?.path === undefined ? {} : { path: first.path }),
    data: { problems },
  });
}

/** Checks a parsed recipe: keys, types, ranges, then what keys demand of each other. */
function checkRecipe(value: unknown): CheckedRecipe {
  const parsed = schemaOf(value);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap((issue) => recordsOf(issue)) };
  const problems = conflictsOf(parsed.data);
  return problems.length > 0 ? { ok: false, problems } : { ok: true, recipe: parsed.data };
}

function schemaOf(value: unknown): ReturnType<typeof recipeSchema.safeParse> {
  try {
    return recipeSchema.safeParse(value, { reportInput: true });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TunesmithError('recipe/too-deep', 'recipe: lists and sections are nested too deeply; flatten them', {
      cause,
    });
  }
}

function readText(text: string, format: RecipeFormat): unknown {
  const source = text.replace(/^\ufeff/, '');
  if (format === 'toml') {
    try {
      return nullsOfToml(parseToml(source));
    } catch (cause) {
      const at = cause instanceof TomlError ? `line ${cause.line}, column ${cause.column}: ` : '';
      const what = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
      throw new TunesmithError('recipe/not-toml', `recipe: ${at}valid TOML is needed: ${what}; correct this line`, {
        cause,
      });
    }
  }
  try {
    return JSON.parse(source) as unknown;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new TunesmithError('recipe/not-json', `recipe: valid JSON is needed: ${what}; correct the text`, { cause });
  }
}

function nullsOfToml(value: unknown): unknown {
  if (value === 'null') return null;
  if (Array.isArray(value)) return value.map(nullsOfToml);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nullsOfToml(inner)]));
}

type Issue = z.core.$ZodIssue;
let known: string[] | undefined;

function recordsOf(issue: Issue, outer: PropertyKey[] = []): ErrorRecord[] {
  const parts = [...outer, ...issue.path];
  const path = pathText(parts);
  if (issue.code === 'unrecognized_keys') {
    known ??= keyPaths(defaultRecipe());
    return issue.keys.map((key) => {
      const at = pathText([...parts, key]);
      const near = nearestKey(at, known ?? []);
      return {
        code: 'recipe/unknown-key',
        message: `${at}: this key is unknown; ${near === null ? 'remove it' : `did you mean ${near}?`}`,
        path: at,
        ...(near === null ? {} : { data: { nearest: near } }),
      };
    });
  }
  const got = issue.input;
  const code = issue.code === 'invalid_type' ? 'recipe/wrong-type' : 'recipe/bad-value';
  return [
    {
      code,
      message: `${path === '' ? 'recipe' : path}: ${wanted(issue)}, got ${shown(got)}; change it or leave it out`,
      ...(path === '' ? {} : { path }),
    },
  ];
}

/** What an issue asks for, in words. */
function wanted(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${typeNames[issue.expected] ?? `a value of type ${issue.expected}`} is needed`;
    case 'invalid_value':
      return issue.values.length === 1
        ? `${JSON.stringify(issue.values[0])} is needed`
        : `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')} is needed`;
    case 'too_small':
      return issue.origin === 'string' || issue.origin === 'array'
        ? 'something is needed'
        : `${issue.inclusive ? 'at least' : 'more than'} ${String(issue.minimum)} is needed`;
    case 'too_big':
      return `${issue.inclusive ? 'at most' : 'less than'} ${String(issue.maximum)} is needed`;
    case 'invalid_union': {
      const kinds = new Set(issue.errors.flatMap((branch) => branch.slice(0, 1).map(wanted)));
      return [...kinds].join(', or ');
    }
    default:
      return issue.message;
  }
}

const typeNames: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a section with keys',
  array: 'a list',
  record: 'a table of names',
};

const pathText = (parts: PropertyKey[]): string =>
  parts
    .map((part, index) => (typeof part === 'number' ? `[${part}]` : `${index > 0 ? '.' : ''}${String(part)}`))
    .join('');

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text =
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
