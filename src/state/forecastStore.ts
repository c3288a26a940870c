/** Memory that a run on each model of the gallery would need, with the recipe as it would then be, on this device. */
import { create } from 'zustand';
import type { MemoryForecast } from '../protocol/memory';
import type { Recipe } from '../recipe/schema';
import { clients } from './clients';
import { useDevice } from './deviceStore';
import { gallery } from './gallery';
import { memoryLimit } from './memoryLimit';
import { recipeOfOtherModel } from './recipeStore';
import { isActive, useRun } from './runStore';

interface ForecastState {
  /** By repository; null where the forecast failed, absent while it is being made. */
  forecasts: Readonly<Record<string, MemoryForecast | null>>;
}

export const useForecasts = create<ForecastState>()(() => ({ forecasts: {} }));

/** What the forecasts shown, or on their way, are of. */
let madeFor = '';

/** Recipe, device and what of it may be used, as far as forecast and verdict depend on them. */
function keyOf({ adapter, training, model }: Recipe): string | null {
  const { status } = useDevice.getState();
  return status.kind === 'ready'
    ? JSON.stringify([status.facts.backend, status.facts.adapter, memoryLimit(), adapter, training, model.dtype])
    : null;
}

/** Makes the forecasts that are missing, one after the other; those of another recipe go. Not while a run needs the worker. */
export async function needForecasts(): Promise<void> {
  const recipe = recipeOfOtherModel();
  const key = keyOf(recipe);
  if (key === null || key === madeFor || isActive(useRun.getState().status)) return;
  madeFor = key;
  useForecasts.setState({ forecasts: {} });
  for (const { repository, config } of gallery) {
    const forecast = await clients()
      .compute.forecastMemory(config, recipe)
      .catch(() => null);
    if (madeFor !== key) return;
    useForecasts.setState(({ forecasts }) => ({ forecasts: { ...forecasts, [repository]: forecast } }));
  }
}
