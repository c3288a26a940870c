import { TunesmithError } from '../../lib/errors';
import { toFloat32 } from './dtypes';
import type { SafetensorsFile } from './readSafetensors';

/** Tensors of one or several files, read in parts as singles. */
export interface FloatTensors {
  /** File by file, in the order in which they lie there. */
  list(): { name: string; dtype: string; shape: readonly number[] }[];
  /** Values `first … first+count−1`; they belong to the caller. Throws `model/dtype`, `model/weights`. */
  read(name: string, first: number, count: number): Promise<Float32Array>;
}

/** @param files the file of each tensor, by its name. */
export function floatTensors(files: ReadonlyMap<string, SafetensorsFile>): FloatTensors {
  return {
    list: () =>
      [...new Set(files.values())].flatMap((file) =>
        [...file.tensors]
          .filter(([name]) => files.get(name) === file)
          .sort(([, a], [, b]) => a.start - b.start)
          .map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
      ),
    async read(name, first, count) {
      const file = files.get(name);
      const entry = file?.tensors.get(name);
      if (!file || !entry)
        throw new TunesmithError('model/weights', `weights: ${name} is missing; download the model again`, {
          path: name,
        });
      return toFloat32(entry.dtype, await file.read(name, first, count), name);
    },
  };
}
