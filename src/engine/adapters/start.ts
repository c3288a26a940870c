import { TunesmithError } from '../../lib/errors';
import { Random } from '../../lib/random';
import type { LoraLayout } from './layout';
import type { LoraValues } from './lora';

/** A's start: uniform in ±1/√in (PyTorch's kaiming_uniform_ with a = √5), from `seed`. All else stays zero. */
export function freshValues({ modules, size }: LoraLayout, r: number, seed: number): Float32Array {
  const flat = new Float32Array(size);
  const random = new Random(seed, 101);
  for (const { inFeatures, aOffset } of modules) {
    const bound = 1 / Math.sqrt(inFeatures);
    for (let index = 0; index < r * inFeatures; index++) flat[aOffset + index] = (2 * random.uniform() - 1) * bound;
  }
  return flat;
}

/** Given factors in the flat buffer. They must be those of exactly these modules, else `adapter/mismatch`. */
export function givenValues({ modules, size }: LoraLayout, r: number, values: readonly LoraValues[]): Float32Array {
  const flat = new Float32Array(size);
  const mismatch = (module: string, rule: string): never => {
    throw new TunesmithError('adapter/mismatch', `adapter, ${module}: ${rule}; it was made for another model`, {
      path: module,
    });
  };
  const given = new Map(values.map((entry) => [entry.module, entry]));
  for (const { path, inFeatures, outFeatures, aOffset, bOffset, mOffset } of modules) {
    const entry = given.get(path);
    if (!entry) return mismatch(path, 'adapter_config.json targets this module, but it has no weights');
    if (entry.a.length !== r * inFeatures || entry.b.length !== outFeatures * r)
      return mismatch(
        path,
        `A must be [${r}, ${inFeatures}] and B [${outFeatures}, ${r}], got ${entry.a.length} and ${entry.b.length} numbers`,
      );
    flat.set(entry.a, aOffset);
    flat.set(entry.b, bOffset);
    if (mOffset !== null) {
      const { magnitude } = entry;
      if (magnitude?.length !== outFeatures)
        return mismatch(path, `its magnitude must have ${outFeatures} numbers, got ${magnitude?.length ?? 'none'}`);
      flat.set(magnitude, mOffset);
    }
    given.delete(path);
  }
  for (const module of given.keys()) mismatch(module, 'this module is not among the targets of the model');
  return flat;
}
