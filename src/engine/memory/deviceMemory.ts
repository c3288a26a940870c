import type { DeviceFacts } from '../../protocol/device';

const gib = 2 ** 30;
/** Where the browser does not tell: what most machines that can run this have. */
const assumedGib = 8;
/** The end of WebAssembly's memory. */
const wasmBytes = 4 * gib;

/**
 * Bytes that a page may count on. No browser tells how much a GPU has; integrated ones share the machine's memory and others
 * mostly have as much as that, so three quarters of the machine's is taken for both (`navigator.deviceMemory` in GiB, which
 * browsers cap at 8 to 32). WASM ends at 4 GiB. `limit`: what a person allows, where that is less.
 */
export function availableBytes(
  backend: DeviceFacts['backend'],
  limit: number | null = null,
  machineGib = (globalThis as { navigator?: { deviceMemory?: number } }).navigator?.deviceMemory ?? assumedGib,
): number {
  const bytes = Math.min(machineGib * gib * 0.75, limit ?? Number.POSITIVE_INFINITY);
  return backend === 'wasm' ? Math.min(bytes, wasmBytes) : bytes;
}
