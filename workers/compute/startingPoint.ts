import { createLora } from '../../src/engine/adapters/lora';
import { targetedModules } from '../../src/engine/adapters/targets';
import { createFullTrainable } from '../../src/engine/full/fullTrainable';
import type { Model } from '../../src/engine/model/model';
import type { Trainable } from '../../src/engine/train/trainable';
import { readPeftFolder } from '../../src/formats/peft/adapterFolder';
import { TunesmithError } from '../../src/lib/errors';
import type { FolderFile, TrainEventBody } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';

export interface StartingPoint {
  /** What describes the run: a given adapter's own settings win. */
  recipe: Recipe;
  trained: Trainable;
  /** As the given adapter's config names its base model. */
  baseName: string | null;
  /** Where the given adapter differs from what the recipe asked for. */
  warnings: Extract<TrainEventBody, { event: 'warning' }>[];
}

/**
 * What a run begins with: all weights, a fresh adapter, or a PEFT adapter to continue. Rank, alpha, targets, rsLoRA and DoRA are
 * a part of what an adapter computes, so those of `files` hold; dropout and all of `training` are the recipe's. The optimizer
 * begins afresh, as it does when PEFT loads an adapter. Errors: `recipe/full-adapter`, `adapter/*`, `recipe/target-modules`.
 */
export async function startingPoint(
  model: Model,
  recipe: Recipe,
  files: readonly FolderFile[] | null,
): Promise<StartingPoint> {
  if (recipe.adapter.kind === 'none') {
    if (files)
      throw new TunesmithError(
        'recipe/full-adapter',
        'adapter.kind "none": a full run begins with the model alone, not with an adapter; leave the adapter out',
        { path: 'adapter.kind' },
      );
    return { recipe, trained: createFullTrainable(model), baseName: null, warnings: [] };
  }
  if (!files) {
    const trained = createLora(model, recipe.adapter, { seed: recipe.training.seed });
    return { recipe, trained, baseName: null, warnings: [] };
  }
  const { config, pairs } = await readPeftFolder(files);
  const { r, lora_alpha, target_modules, use_rslora, use_dora } = config;
  const complete: Recipe = {
    ...recipe,
    adapter: { ...recipe.adapter, r, lora_alpha, target_modules, use_rslora, use_dora },
  };
  const trained = createLora(model, complete.adapter, { values: pairs });
  const differing = differences(model, recipe.adapter, complete.adapter);
  return {
    recipe: complete,
    trained,
    baseName: config.base_model_name_or_path,
    warnings:
      differing.length === 0
        ? []
        : [
            {
              event: 'warning',
              code: 'adapter/other-settings',
              message: `adapter: the run continues it with its own ${differing.join(', ')}`,
            },
          ],
  };
}

/** Each setting that the adapter decides and the recipe has otherwise, with both values. */
function differences({ config }: Model, wanted: Recipe['adapter'], actual: Recipe['adapter']): string[] {
  const modulesOf = ({ target_modules }: Recipe['adapter']): string => {
    try {
      return targetedModules(config, target_modules)
        .map(({ path }) => path)
        .join();
    } catch {
      return JSON.stringify(target_modules); // The recipe names modules that this model has not: another list, then.
    }
  };
  const found = (['r', 'lora_alpha', 'use_rslora', 'use_dora'] as const)
    .filter((key) => wanted[key] !== actual[key])
    .map((key) => `${key} = ${actual[key]} (recipe: ${wanted[key]})`);
  if (modulesOf(wanted) !== modulesOf(actual)) found.push('target_modules');
  return found;
}
