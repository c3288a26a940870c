import type { WeightFormat } from '../../kernels/weights/weight';
import type { BackendName } from '../../protocol/device';
import type { MemoryForecast, RunRows } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';
import { wantedDtype } from '../../recipe/wantedDtype';
import type { ModelConfig } from '../model/modelConfig';
import { chooseFormat } from './chooseFormat';
import { forecastParts } from './forecast';

/** Up to this share of what there is, a run fits without worry. */
export const comfortable = 0.75;

/** The device that a run is forecast for. */
export interface ForecastDevice {
  backend: BackendName;
  /** Formats that it holds weights in. */
  formats: readonly WeightFormat[];
  availableBytes: number;
}

export interface ForecastOptions {
  /** Null: every row has `max_length` tokens, all learned. */
  rows?: RunRows | null;
  /** How the model is held already, which `auto` then stands for. */
  loaded?: WeightFormat | null;
}

/** What a run by `recipe` would need on a device, and whether that is there. Throws `model/format`, and what the run would throw. */
export function memoryForecast(
  config: ModelConfig,
  recipe: Recipe,
  { backend, formats, availableBytes }: ForecastDevice,
  { rows = null, loaded = null }: ForecastOptions = {},
): MemoryForecast {
  const wanted = wantedDtype(recipe);
  const { format, reason } =
    wanted === 'auto' && loaded !== null
      ? { format: loaded, reason: `The model is loaded in ${loaded}.` }
      : chooseFormat(config, wanted, formats, availableBytes);
  const { parts, kvCacheBytes } = forecastParts(config, recipe, format, backend, rows);
  const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return {
    weightDtype: format,
    weightReason: reason,
    parts,
    total,
    kvCacheBytes,
    availableBytes,
    verdict: total <= comfortable * availableBytes ? 'fits' : total <= availableBytes ? 'tight' : 'too-large',
  };
}
