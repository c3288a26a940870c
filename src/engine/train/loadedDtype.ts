import { TunesmithError } from '../../lib/errors';
import type { WeightDtype } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';

/** Refuses a run whose recipe asks for other weights than those that are loaded. Throws `recipe/other-dtype`. */
export function checkLoadedDtype({ model }: Recipe, loaded: WeightDtype): void {
  if (model.dtype === 'auto' || model.dtype === loaded) return;
  throw new TunesmithError(
    'recipe/other-dtype',
    `model.dtype: the model is loaded as ${loaded}, the recipe asks for ${model.dtype}; load the model again with this dtype`,
    { path: 'model.dtype', data: { loaded } },
  );
}
