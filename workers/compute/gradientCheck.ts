import { gradientCheck } from '../../src/engine/check/gradientCheck';
import type { Model } from '../../src/engine/model/model';
import { TunesmithError } from '../../src/lib/errors';
import type { ExampleTable } from '../../src/protocol/example';
import type { GradientCheckResult } from '../../src/protocol/run';
import type { Recipe } from '../../src/recipe/schema';

/** `checkGradients` of the loaded model: see ComputeApi. Throws `recipe/full-adapter`, and what {@link gradientCheck} throws. */
export async function checkGradients(
  model: Model,
  { recipe, examples }: { recipe: Recipe; examples: ExampleTable },
  onProgress: (done: number, total: number) => void,
): Promise<GradientCheckResult> {
  if (recipe.adapter.kind === 'none')
    throw new TunesmithError(
      'recipe/full-adapter',
      'adapter.kind "none": the check moves the numbers of an adapter, and this recipe has none; set adapter.kind to "lora" for it',
      { path: 'adapter.kind' },
    );
  return gradientCheck(model, recipe, examples, onProgress, {
    breathe: () => model.kernels.breathe?.() ?? Promise.resolve(),
  });
}
