import { TunesmithError } from '../../src/lib/errors';
import { inOneArray, type PiecedBytes } from '../../src/lib/pieced';

/** A page can hold no longer array of bytes in one piece. */
const largestBytes = 2 ** 31 - 2 ** 16;

/** A checkpoint in memory, where there is no disk to write it to. Throws `checkpoint/too-large` before anything of it is read. */
export function heldDocument(document: PiecedBytes, largest = largestBytes): Promise<Uint8Array> {
  const { sizeBytes: bytes } = document;
  if (bytes <= largest) return inOneArray(document);
  return Promise.reject(
    new TunesmithError(
      'checkpoint/too-large',
      `checkpoint: without this browser's storage it must be at most ${largest} bytes, got ${bytes}; use a window whose storage works, set training.save_steps to null, or use LoRA`,
      { path: 'training.save_steps', data: { bytes } },
    ),
  );
}
