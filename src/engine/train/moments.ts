import { quantizationMaps, stateSizes } from '../../kernels/adamw8bit/dynamicMap';
import type { Kernels, Moments8bit } from '../../kernels/kernels';
import { sizeOf, type View } from '../../kernels/runtime/view';
import type { Recipe } from '../../recipe/schema';
import { aligned } from '../adapters/layout';
import type { Section } from '../checkpoint/document';
import { free, keep, scope } from '../scope';
import { putNumbers } from './putNumbers';
import type { ParameterGroup, Trainable } from './trainable';

/**
 * What an optimizer remembers, of each trained buffer: AdamW's m and v, Lion's m, or for `adamw_8bit` four tensors: codes and
 * scales of its large groups, m and v in f32 of its small ones.
 */
export interface Moments {
  readonly buffers: readonly View[][];
  /** How codes are read; null unless `adamw_8bit`. */
  readonly maps: View | null;
}

export interface MomentShape {
  elements: number;
  dtype: 'float32' | 'int32';
}

/** Tensors of fewer elements keep moments of 32 bits, as in bitsandbytes (`min_8bit_size`). */
export const smallest8bit = 4096;

type Settings = Pick<Recipe, 'training' | 'adapter'>;

/** Groups that an optimizer steps through: for moments of 8 bits every tensor by itself, so that no block spans two of them. */
export const optimizerGroups = (trained: Trainable, { training, adapter }: Settings): ParameterGroup[] =>
  trained.groups(adapter, training.optim === 'adamw_8bit');

/** Where a group's moments lie in the four tensors of its buffer. */
type Place = { eightBit: true; codes: number; scales: number } | { eightBit: false; first: number };

/** A place for each group, and the sizes that come of it, by buffer. Parts begin where WebGPU can bind them. */
export function placeMoments8bit(
  groups: readonly ParameterGroup[],
  buffers: number,
): { places: Place[]; sizes: { codes: number; scales: number; small: number }[] } {
  const sizes = Array.from({ length: buffers }, () => ({ codes: 0, scales: 0, small: 0 }));
  const places = groups.map(({ buffer, size }): Place => {
    const ends = sizes[buffer];
    if (!ends) throw new RangeError(`no buffer ${buffer}`);
    if (size < smallest8bit) {
      const first = ends.small;
      ends.small += aligned(size);
      return { eightBit: false, first };
    }
    const { codes, scales } = ends;
    const own = stateSizes(size);
    ends.codes += aligned(own.codes);
    ends.scales += aligned(own.scales);
    return { eightBit: true, codes, scales };
  });
  return { places, sizes };
}

/** Tensors of each buffer, in the order of {@link Moments.buffers}. An optimizer without memory has none. */
export function momentShapes(trained: Trainable, recipe: Settings): MomentShape[][] {
  const { optim } = recipe.training;
  if (optim === 'adamw_8bit') {
    const { sizes } = placeMoments8bit(optimizerGroups(trained, recipe), trained.buffers.length);
    // Never empty: a tensor of no elements is no tensor to every backend.
    const real = (dtype: MomentShape['dtype'], elements: number): MomentShape => ({
      elements: Math.max(elements, 1),
      dtype,
    });
    return sizes.map(({ codes, scales, small }) => [
      real('int32', codes),
      real('float32', scales),
      real('float32', small),
      real('float32', small),
    ]);
  }
  const count = { adamw: 2, lion: 1, sgd: 0 }[optim];
  return trained.buffers.map(({ values: { shape } }) =>
    Array.from({ length: count }, () => ({ elements: sizeOf(shape), dtype: 'float32' as const })),
  );
}

/** No moments. */
export const noMoments: Moments = { buffers: [], maps: null };

/** Fresh moments, all zero. They outlive tidy scopes: {@link freeMoments}. Where memory runs out meanwhile, none of them stays. */
export function createMoments(kernels: Kernels, trained: Trainable, recipe: Settings): Moments {
  const view = ({ elements, dtype }: MomentShape): View =>
    dtype === 'float32' ? kernels.zeros([elements]) : kernels.upload(new Int32Array(elements), [elements]);
  const maps = quantizationMaps();
  const made = scope((): Moments => ({
    buffers: momentShapes(trained, recipe).map((shapes) => shapes.map(view)),
    maps: recipe.training.optim === 'adamw_8bit' ? kernels.upload(maps, [maps.length]) : null,
  }));
  for (const moment of made.buffers.flat()) keep(moment);
  if (made.maps) keep(made.maps);
  return made;
}

/** Puts what `saved` has of each moment in its place. */
export async function restoreMoments(
  kernels: Kernels,
  { buffers }: Moments,
  saved: (buffer: number, moment: number) => Section | undefined,
): Promise<void> {
  for (const [buffer, views] of buffers.entries())
    for (const [moment, view] of views.entries()) {
      const section = saved(buffer, moment);
      if (!section) continue;
      if (view.storage.dtype === 'int32') {
        // Codes are no numbers: a copy on the device may change what would be none as a float.
        const { buffer: bits, byteOffset, length } = await section.read(0, section.elements);
        free(view);
        views[moment] = keep(kernels.upload(new Int32Array(bits, byteOffset, length), [length]));
      } else await putNumbers(kernels, view, section);
    }
}

/** A moment's bits: of codes the words' own, whatever number they would be. */
export async function readMoment(kernels: Kernels, moment: View): Promise<Float32Array> {
  if (moment.storage.dtype !== 'int32') return kernels.read(moment);
  const { buffer, byteOffset, length } = await kernels.readInts(moment);
  return new Float32Array(buffer, byteOffset, length);
}

export const freeMoments = ({ buffers, maps }: Moments): void => free(maps, ...buffers.flat());

/** The moments of a group of `size` elements in 8 bits, at its place. */
export function moments8bit(
  { buffers, maps }: Moments,
  { buffer, size }: ParameterGroup,
  place: Place,
): Moments8bit | { m: View; v: View } {
  const [codes, scales, m, v] = buffers[buffer] ?? [];
  if (!codes || !scales || !m || !v || !maps) throw new RangeError(`buffer ${buffer} has no moments of 8 bits`);
  const part = ({ storage, offset }: View, from: number, elements: number): View => ({
    storage,
    offset: offset + from,
    shape: [elements],
  });
  if (!place.eightBit) return { m: part(m, place.first, size), v: part(v, place.first, size) };
  const own = stateSizes(size);
  return { codes: part(codes, place.codes, own.codes), scales: part(scales, place.scales, own.scales), maps };
}
