/**
 * The hash behind dropout: a 32-bit finalizer (lowbias32, Wellons 2018) over element index and seed. A pure function of both,
 * so that forward, backward and recomputation agree, and WGSL, WASM and JavaScript give the same mask.
 */
export function dropoutHash(seed: number, index: number): number {
  let x = (index ^ Math.imul(seed, 0x9e3779b9)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0;
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0;
  return (x ^ (x >>> 16)) >>> 0;
}
