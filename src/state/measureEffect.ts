import type { MaskEffect } from '../protocol/dataApi';
import type { Recipe } from '../recipe/schema';
import { clients } from './clients';

/** Rows an effect is measured over. */
const effectRows = 200;

let last: Promise<unknown> = Promise.resolve();

/**
 * What another recipe would change in the labels, over a sample of rows. One at a time: the worker gives up a
 * measurement when the next begins, and the editor and a comparison may both want one.
 * @param isWanted asked when its turn has come; resolves to null where the answer no longer matters.
 */
export function measureEffect(recipe: Recipe, isWanted: () => boolean): Promise<MaskEffect | null> {
  const mine = last.then(() => (isWanted() ? clients().data.previewEffect(recipe, effectRows) : null));
  last = mine.catch(() => undefined);
  return mine;
}
