import type { FitSuggestion, MemoryForecast } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';
import type { ModelConfig } from '../model/modelConfig';
import { movesFor, toAdapter, type Move } from './fitMoves';
import { cutRows } from './largestBatches';
import { comfortable, memoryForecast, type ForecastDevice, type ForecastOptions } from './memoryForecast';

/** Forecasts that a suggestion may take. */
const mostForecasts = 80;
/** After a failure a suggestion takes at most this share of what the recipe takes. */
const lessAfterFailure = 0.9;

export interface FitOptions extends ForecastOptions {
  /** The recipe was tried and there was not enough, whatever its forecast says. */
  failed?: boolean;
}

/**
 * Settings closest to `recipe` under which a run fits, or is tight where nothing fits and the recipe does not even do that. The
 * moves of fitMoves are made in their order, the least harm first, each as far as it is needed; then, the most harm first, each is
 * taken back as far as the others allow. Full fine-tuning gives way to an adapter where nothing else does. Null where the recipe fits as it is, and where no settings do.
 * `pause` is awaited between two forecasts. Throws what the forecast of `recipe` itself throws.
 */
export async function suggestFit(
  config: ModelConfig,
  recipe: Recipe,
  device: ForecastDevice,
  { failed = false, ...options }: FitOptions = {},
  pause: () => Promise<void> = () => Promise.resolve(),
): Promise<FitSuggestion | null> {
  const present = memoryForecast(config, recipe, device, options);
  if (present.verdict === 'fits' && !failed) return null;
  const less = failed ? lessAfterFailure * present.total : Number.POSITIVE_INFINITY;
  const goals = [comfortable * device.availableBytes];
  if (present.verdict === 'too-large' || failed) goals.push(device.availableBytes);
  const forms: { recipe: Recipe; before: FitSuggestion['changes'] }[] = [{ recipe, before: [] }];
  if (recipe.adapter.kind === 'none')
    forms.push({ recipe: { ...recipe, adapter: { ...recipe.adapter, kind: 'lora' } }, before: [toAdapter] });
  for (const { recipe: form, before } of forms) {
    const moves = movesFor(form, present.weightDtype, device.formats, options.rows ?? null);
    const forecast = forecaster(config, form, device, options, pause);
    for (const goal of goals) {
      const levels = await search(moves, async (levels) => {
        const made = await forecast(moves, levels);
        return made !== null && made.total <= Math.min(goal, less);
      });
      const made = levels && (await forecast(moves, levels));
      if (levels && made) return { changes: [...before, ...changesOf(moves, levels)], forecast: made };
    }
  }
  return null;
}

/** Forecasts of the recipe with moves made to these levels; null where such a run is refused, or after too many. */
function forecaster(
  config: ModelConfig,
  recipe: Recipe,
  device: ForecastDevice,
  options: ForecastOptions,
  pause: () => Promise<void>,
): (moves: readonly Move[], levels: readonly number[]) => Promise<MemoryForecast | null> {
  const known = new Map<string, MemoryForecast | null>();
  return async (moves, levels) => {
    const key = levels.join();
    const before = known.get(key);
    if (before !== undefined) return before;
    if (known.size >= mostForecasts) return null;
    await pause();
    const changed = recipeAt(recipe, moves, levels);
    const rows = options.rows && cutRows(options.rows, changed.training.max_length);
    let made: MemoryForecast | null = null;
    try {
      made = memoryForecast(config, changed, device, { ...options, rows: rows ?? null });
    } catch {
      // A combination that the engine refuses is not one to suggest.
    }
    known.set(key, made);
    return made;
  };
}

/** Levels of the moves, 0 is none, at which `fits`; null where it fits at none. */
async function search(
  moves: readonly Move[],
  fits: (levels: readonly number[]) => Promise<boolean>,
): Promise<number[] | null> {
  const levels = moves.map(() => 0);
  const at = (move: number, level: number): number[] => levels.map((own, index) => (index === move ? level : own));
  /** The lowest of levels `from` … `to` − 1 at which it fits, else `to`. */
  const lowest = async (move: number, from: number, to: number): Promise<number> => {
    for (let level = from; level < to; level++) if (await fits(at(move, level))) return level;
    return to;
  };
  if (await fits(levels)) return levels;
  for (const [move, { steps }] of moves.entries()) {
    const most = steps.length;
    const enough = await fits(at(move, most));
    levels[move] = enough ? await lowest(move, 1, most) : most;
    if (!enough) continue;
    for (let other = move - 1; other >= 0; other--) levels[other] = await lowest(other, 0, levels[other] ?? 0);
    return levels;
  }
  return null;
}

const madeSteps = (moves: readonly Move[], levels: readonly number[]) =>
  moves.flatMap(({ steps }, move) => steps[(levels[move] ?? 0) - 1] ?? []);

/** The recipe with the changes of every move at its level. */
function recipeAt(recipe: Recipe, moves: readonly Move[], levels: readonly number[]): Recipe {
  const copy = structuredClone(recipe);
  for (const { path, to } of madeSteps(moves, levels).flat()) {
    const [group, key] = path.split('.') as [keyof Recipe, string];
    (copy[group] as Record<string, unknown>)[key] = to;
  }
  return copy;
}

const changesOf = (moves: readonly Move[], levels: readonly number[]): FitSuggestion['changes'] =>
  madeSteps(moves, levels).flat();
