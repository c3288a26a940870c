import type { Kernels } from '../../kernels/kernels';
import type { View } from '../../kernels/runtime/view';
import type { Section } from '../checkpoint/document';
import { free } from '../scope';

/** Numbers that are on the device twice while they are put in place: all at once would be a peak of memory of its own. */
export const numbersAtOnce = 2 ** 20;

/** Puts a section's numbers into the first elements of `target` (f32), piece by piece. */
export async function putNumbers(
  kernels: Kernels,
  target: View,
  { elements, read }: Pick<Section, 'elements' | 'read'>,
): Promise<void> {
  for (let first = 0; first < elements; first += numbersAtOnce) {
    const piece = await read(first, Math.min(numbersAtOnce, elements - first));
    const uploaded = kernels.upload(piece, [piece.length]);
    kernels.copy(uploaded, { storage: target.storage, offset: target.offset + first, shape: uploaded.shape });
    free(uploaded);
    await kernels.finish();
  }
}
