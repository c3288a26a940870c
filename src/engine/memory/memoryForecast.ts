import type { WeightFormat } from '../../kernels/weights/weight';
import type { BackendName } from '../../protocol/device';
import type { MemoryForecast } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';
import { wantedDtype } from '../../recipe/wantedDtype';
import type { ModelConfig } from '../model/modelConfig';
import { chooseFormat } from './chooseFormat';
import { availableBytes } from './deviceMemory';
import { forecastParts } from './forecast';

/** Up to this share of what there is, a run fits without worry. */
const comfortable = 0.75;

/**
 * What a run by `recipe` would need on a device, and whether that is there. `held`: formats that the device holds weights in.
 * Throws `model/format`, and what the run would throw.
 */
export function memoryForecast(
  config: ModelConfig,
  recipe: Recipe,
  device: BackendName,
  held: readonly WeightFormat[],
): MemoryForecast {
  const available = availableBytes(device);
  const { format, reason } = chooseFormat(config, wantedDtype(recipe), held, available);
  const parts = forecastParts(config, recipe, format, device);
  const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return {
    weightDtype: format,
    weightReason: reason,
    parts,
    total,
    kvCacheBytes: 0,
    availableBytes: available,
    verdict: total <= comfortable * available ? 'fits' : total <= available ? 'tight' : 'too-large',
  };
}
