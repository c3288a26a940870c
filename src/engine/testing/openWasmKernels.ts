import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Kernels } from '../../kernels/kernels';
import { openWasm } from '../../kernels/wasm';

/** WASM kernels for tests, from the present sources (the build does nothing where it is up to date). */
export async function openWasmKernels(): Promise<Kernels> {
  execFileSync(process.execPath, [fileURLToPath(new URL('../../kernels/simd/build.mjs', import.meta.url))]);
  return (await openWasm({ threads: 2 })).kernels;
}
