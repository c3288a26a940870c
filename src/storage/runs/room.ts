/** How much room the browser grants, and what is said when there is none. */
import { TunesmithError } from '../../lib/errors';
import { storageEstimate } from '../keep';

/** Bytes that this origin may still write; Infinity where the browser does not say. */
export async function freeBytes(): Promise<number> {
  const estimate = await storageEstimate();
  return estimate ? Math.max(0, estimate.quotaBytes - estimate.usedBytes) : Infinity;
}

/** Whether the browser refused a write for want of room. */
export const isFull = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';

/** `storage/full` for `what`, with the bytes that it needs and those that are free. */
export async function fullError(what: string, neededBytes: number, cause?: unknown): Promise<TunesmithError> {
  const free = await freeBytes();
  const [needed, left] = [neededBytes, free].map((bytes) => (bytes / 1e6).toFixed(1));
  const room = free === Infinity ? '' : `, got ${left} MB free`;
  return new TunesmithError(
    'storage/full',
    `${what}: needs ${needed} MB of this browser's storage${room}; delete runs or models that you no longer use, or free disk space`,
    { data: { neededBytes, freeBytes: free === Infinity ? null : free }, cause },
  );
}

/** Runs `work`; a refusal for want of room becomes `storage/full`. */
export async function orFull<T>(what: string, neededBytes: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isFull(error) ? await fullError(what, neededBytes, error) : error;
  }
}
