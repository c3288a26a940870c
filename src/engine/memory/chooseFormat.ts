import type { WeightFormat } from '../../kernels/weights/weight';
import { TunesmithError } from '../../lib/errors';
import type { Recipe } from '../../recipe/schema';
import type { ModelConfig } from '../model/modelConfig';
import { modelBytes } from './modelBytes';

/** Below this, weights stay as exact as they were trained. */
const smallBytes = 256 * 2 ** 20;
/** The share of the device that weights may take: the rest is for the run. */
const weightShare = 0.5;

export interface FormatChoice {
  format: WeightFormat;
  /** One sentence for a person. */
  reason: string;
}

/**
 * How a model's matrices are to be held: as asked, or with `auto` as f32 where that takes at most 256 MiB, else in the most exact of
 * f16, int8 and int4 that leaves half of the device's memory to the run. Throws `model/format` for one that the device can't hold.
 */
export function chooseFormat(
  config: ModelConfig,
  dtype: Recipe['model']['dtype'],
  held: readonly WeightFormat[],
  available: number,
): FormatChoice {
  if (dtype !== 'auto') {
    if (!held.includes(dtype))
      throw new TunesmithError(
        'model/format',
        `model.dtype: this device holds weights as ${held.join(', ')}, got ${dtype}; choose one of these or "auto"`,
        { path: 'model.dtype' },
      );
    return { format: dtype, reason: `${dtype} was asked for.` };
  }
  const bytes = (format: WeightFormat): number => modelBytes(config, format);
  if (bytes('f32') <= smallBytes)
    return { format: 'f32', reason: `In f32 the weights take ${megabytes(bytes('f32'))}, which is little.` };
  const room = weightShare * available;
  const packed = (['f16', 'int8', 'int4'] as const).filter((format) => held.includes(format));
  const format = packed.find((each) => bytes(each) <= room) ?? packed.at(-1) ?? 'f32';
  const figures = `${megabytes(bytes(format))} of the ${megabytes(available)} that this device is taken to have`;
  const kind = bytes(format) <= room ? 'the most exact that leaves room for a run' : 'the smallest there is';
  return { format, reason: `In ${format} the weights take ${figures}: ${kind}.` };
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6).toLocaleString('en')} MB`;
