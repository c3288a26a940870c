import { TunesmithError } from '../../lib/errors';
import { linearNames, linearPath, linearShape, type ModelConfig } from '../model/modelConfig';
import type { LoraSettings } from './lora';

/** Paths of the modules that `targets` names, in order of computation. Throws `recipe/target-modules` for a name without a module. */
export function targetedModules(
  config: ModelConfig,
  targets: LoraSettings['target_modules'],
): { path: string; shape: [number, number] }[] {
  const all = Array.from({ length: config.layers }, (_, layer) =>
    linearNames.map((name) => ({ path: linearPath(layer, name), shape: linearShape(config, name) })),
  ).flat();
  if (targets === 'all-linear') return all;
  const matches = (path: string, target: string): boolean => path === target || path.endsWith(`.${target}`);
  const unknown = targets.filter((target) => !all.some(({ path }) => matches(path, target)));
  if (unknown.length > 0)
    throw new TunesmithError(
      'recipe/target-modules',
      `adapter.target_modules: must name linear modules of the model (${linearNames.join(', ')}), got ${unknown.join(', ')}`,
      { path: 'adapter.target_modules' },
    );
  return all.filter(({ path }) => targets.some((target) => matches(path, target)));
}
