import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Kernels } from '../../kernels/kernels';
import { openWasm, type WasmDevice } from '../../kernels/wasm';

/** A WASM device for tests, from the present sources (the build does nothing where it is up to date). */
export function openWasmDevice(): Promise<WasmDevice> {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../kernels/simd/build.mjs', import.meta.url))]);
  return openWasm({ threads: 2 });
}

export const openWasmKernels = async (): Promise<Kernels> => (await openWasmDevice()).kernels;
