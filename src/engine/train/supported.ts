import { TunesmithError } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';

/**
 * Refuses settings that the engine would otherwise leave out without a word. Throws `recipe/not-yet` with all of them.
 */
export function checkSupported({ training }: Recipe): void {
  const refused: [key: string, value: unknown, instead: string][] = [];
  const unless = (allowed: boolean, key: string, value: unknown, instead: string): void => {
    if (!allowed) refused.push([key, value, instead]);
  };
  unless(training.optim !== 'adamw_8bit', 'training.optim', training.optim, '"adamw", "sgd" or "lion"');
  const [first] = refused;
  if (!first) return;
  const list = refused.map(([key, value, instead]) => `${key} = ${JSON.stringify(value)} (use ${instead})`).join(', ');
  throw new TunesmithError('recipe/not-yet', `recipe: these settings are not implemented yet: ${list}`, {
    path: first[0],
    data: { keys: refused.map(([key]) => key) },
  });
}
