/**
 * A recipe as a link: what differs from the defaults, in the part of the address that no server sees. Never data, never a file's
 * name, never how a file is read.
 */
import { TunesmithError } from '../lib/errors';
import { nearestKey } from '../recipe/nearestKey';
import { parseRecipe } from '../recipe/parseRecipe';
import { defaultRecipe, type Recipe } from '../recipe/schema';
import { filePaths } from './editsStore';
import { useModel } from './modelStore';
import { propose, refuseProposal } from './recipeProposal';
import { leaves, sameValue, valueAt } from './recipePaths';
import { useRecipe } from './recipeStore';

const mark = '#recipe=';
/** Longer addresses are cut by programs that people send links with. */
const mostCharacters = 8000;

const modelPaths = ['model.id', 'model.revision'];
const unlinked = new Set<string>(filePaths);

/** What a link holds: leaves that differ from the defaults, by path. @param isPublic the model is one of a hub. */
export function linkedLeaves(recipe: Recipe, isPublic: boolean): Record<string, unknown> {
  const usual = leaves(defaultRecipe());
  const held = Object.entries(leaves(recipe)).filter(([path, value]) => {
    if (sameValue(value, usual[path]) || unlinked.has(path)) return false;
    // A model of this computer is named by its folder, a held-out file by itself.
    if (modelPaths.includes(path)) return isPublic;
    return !(['dataset.validation', 'dataset.test'].includes(path) && typeof value === 'string');
  });
  return Object.fromEntries(held);
}

const toBase64Url = (text: string): string => {
  const bytes = new TextEncoder().encode(text);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
};

const fromBase64Url = (text: string): string => {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (one) => one.charCodeAt(0)));
};

/** The address of this page with the settings in force; null where they are too long for one (a long template): save a file. */
export function recipeLink(): string | null {
  const isPublic = useModel.getState().source?.kind === 'hub';
  const held = toBase64Url(JSON.stringify(linkedLeaves(useRecipe.getState().recipe, isPublic)));
  if (held.length > mostCharacters) return null;
  return `${location.origin}${location.pathname}${mark}${held}`;
}

const bad = (what: string): TunesmithError =>
  new TunesmithError('recipe/bad-link', `link: ${what}; ask for it again, or for the recipe as a file`);

/** A link's settings as a whole recipe. Throws `recipe/bad-link`, `recipe/unknown-key`, `recipe/invalid`. */
export function linkedRecipe(encoded: string, present: Recipe): Recipe {
  if (encoded.length > mostCharacters)
    throw bad(`at most ${mostCharacters} characters are needed, got ${encoded.length}`);
  let held: unknown;
  try {
    held = JSON.parse(fromBase64Url(encoded));
  } catch {
    throw bad('settings are needed, got something that was cut or changed on its way');
  }
  if (typeof held !== 'object' || held === null || Array.isArray(held)) throw bad('a list of settings is needed');
  const usual = leaves(defaultRecipe());
  const document: Record<string, Record<string, unknown>> = {};
  const place = (path: string, value: unknown): void => {
    const [section = '', key = ''] = path.split('.');
    (document[section] ??= {})[key] = value;
  };
  for (const [path, value] of Object.entries(held)) {
    if (!Object.hasOwn(usual, path) || !path.includes('.')) {
      const near = nearestKey(path, Object.keys(usual));
      throw new TunesmithError(
        'recipe/unknown-key',
        `${path.slice(0, 80)}: this key is unknown; ${near === null ? 'the link is for another version' : `did you mean ${near}?`}`,
        { path },
      );
    }
    if (!unlinked.has(path)) place(path, value);
  }
  for (const path of unlinked) place(path, valueAt(present, path));
  for (const path of modelPaths) if (!Object.hasOwn(held, path)) place(path, valueAt(present, path));
  return parseRecipe(JSON.stringify(document), { format: 'json' });
}

/** Shows what a link's settings would change, where the address holds some. Resolves to whether it did. */
export function openRecipeLink(): boolean {
  const { hash } = location;
  if (!hash.startsWith(mark)) return false;
  try {
    propose({ from: 'a link', recipe: (present) => linkedRecipe(hash.slice(mark.length), present), sameData: false });
  } catch (error) {
    refuseProposal(error);
  }
  return true;
}
