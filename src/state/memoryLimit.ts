/** How much of the device a run may use, where a person sets it: the compute worker fails as a full device does beyond it. */
import { create } from 'zustand';
import { readSetting, writeSetting } from '../storage/settings';
import { clients } from './clients';

interface MemoryLimit {
  /** Bytes; null: what there is. Undefined until it was read. */
  bytes: number | null | undefined;
}

export const useMemoryLimit = create<MemoryLimit>()(() => ({ bytes: undefined }));

const isLimit = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value > 0;

/** The limit in the address (`?memory=` megabytes), else that of the settings. */
export function memoryLimit(): number | null {
  const { bytes } = useMemoryLimit.getState();
  if (bytes !== undefined) return bytes;
  const address = Number(new URLSearchParams(globalThis.location?.search ?? '').get('memory') ?? Number.NaN);
  const stored = readSetting('memoryLimit', null);
  const limit = isLimit(address) ? address * 1e6 : isLimit(stored) ? stored : null;
  useMemoryLimit.setState({ bytes: limit });
  return limit;
}

/** Sets the limit for this visit and the next ones; null takes it away. */
export async function setMemoryLimit(bytes: number | null): Promise<void> {
  writeSetting('memoryLimit', bytes);
  await clients().compute.limitMemory(bytes);
  useMemoryLimit.setState({ bytes });
}

/** Gigabytes as a person types them → bytes; null for nothing typed, undefined for what is no size. */
export function parseGigabytes(text: string): number | null | undefined {
  const typed = text
    .trim()
    .replace(/\s*GB$/i, '')
    .replace(',', '.');
  if (typed === '') return null;
  const value = Number(typed);
  return isLimit(value) ? Math.round(value * 1e9) : undefined;
}
