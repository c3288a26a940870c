import { TunesmithError } from '../../lib/errors';

/** The module's exports; `serve` only in the threaded ones. */
export interface SimdExports {
  /** Writes the constants that the ops load, below the heap. */
  setUp(): void;
  run(control: number, op: number, args: number, chunks: number, scratch: number): void;
  serve?(control: number, scratch: number, spins: number): void;
}

// Literal URLs, one by one: that is how the bundler finds the files.
const urls = {
  plain: () => new URL('../simd/build/simd.wasm', import.meta.url),
  plainRelaxed: () => new URL('../simd/build/simdRelaxed.wasm', import.meta.url),
  threads: () => new URL('../simd/build/simdThreads.wasm', import.meta.url),
  threadsRelaxed: () => new URL('../simd/build/simdRelaxedThreads.wasm', import.meta.url),
};

/** (func (result v128) (f32x4.relaxed_madd a a a)): valid where the engine has relaxed SIMD. */
const relaxedProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 19, 1, 17, 0],
  ...[65, 1, 253, 15, 65, 1, 253, 15, 65, 1, 253, 15, 253, 133, 2, 11],
);

/** (func (result v128) (i8x16.splat 0)). */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
);

/** Whether the engine has fused multiply-add for WebAssembly. */
export const hasRelaxedSimd = (): boolean => WebAssembly.validate(relaxedProbe);

/** Whether one memory can be shared by several threads here: in a page that needs cross-origin isolation. */
export const hasSharedMemory = (): boolean =>
  typeof SharedArrayBuffer !== 'undefined' &&
  ((globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated ?? true);

/**
 * Compiles the module for this engine. Errors: `device/no-simd` where WebAssembly has no SIMD, `device/wasm-load` where
 * the file cannot be read.
 */
export async function compileSimd(shared: boolean, relaxed: boolean): Promise<WebAssembly.Module> {
  if (!WebAssembly.validate(simdProbe))
    throw new TunesmithError('device/no-simd', 'wasm: this browser has no WebAssembly SIMD; use a newer one');
  const url = shared
    ? relaxed
      ? urls.threadsRelaxed()
      : urls.threads()
    : relaxed
      ? urls.plainRelaxed()
      : urls.plain();
  return WebAssembly.compile(await bytesOf(url));
}

async function bytesOf(url: URL): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  try {
    if (url.protocol === 'file:') {
      const { readFileSync } = process.getBuiltinModule('node:fs');
      return Uint8Array.from(readFileSync(url));
    }
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.arrayBuffer();
  } catch (cause) {
    throw new TunesmithError('device/wasm-load', `wasm: cannot read ${url.pathname}; run npm run build:simd`, {
      cause,
    });
  }
}

/**
 * The memory that holds every tensor: up to 4 GiB, growing. A shared one reserves its whole range of addresses at once,
 * which small machines refuse: then half of it, and half again.
 */
export function createMemory(shared: boolean, initialPages: number): WebAssembly.Memory {
  for (let maximum = 65536; ; maximum /= 2) {
    try {
      return new WebAssembly.Memory({ initial: initialPages, maximum, shared });
    } catch (error) {
      if (maximum / 2 < initialPages) throw error;
    }
  }
}
