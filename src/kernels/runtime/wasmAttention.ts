import { TunesmithError } from '../../lib/errors';
import type { AttentionShape } from '../kernels';
import { matrixOf, type Operand, type View } from './view';
import { same, type WasmBackend } from './wasmBackend';
import { tileColumns } from './wasmOps';

// N query rows, S key rows, H heads, G key-value heads, K head size. The kernels are simd/attention*.as.ts.

export interface AttentionForward {
  q: Operand;
  k: Operand;
  v: Operand;
  o: Operand;
  lse: Operand;
}

/** Below this many query rows (decoding) packing the keys costs more than it saves. */
const fewRows = 4;
const rowsPerChunk = 16;
const panelsPerChunk = 2;

/** As {@link Kernels.attention}. */
export function attention(
  backend: WasmBackend,
  q: Operand,
  k: Operand,
  v: Operand,
  keyRange: Operand,
  shape: AttentionShape,
): { o: View; lse: View } {
  const { heads, kvHeads, headSize, scale } = shape;
  const rows = matrixOf(q).rows;
  const keys = matrixOf(k).rows;
  const places = attentionPlaces(backend, q, k, v, keyRange, shape);
  const o = backend.output([rows, heads * headSize]);
  const lse = backend.output([rows, heads]);
  const row = rows < fewRows;
  const packed = row ? places.k : packHeads(backend, places.k, keys, kvHeads, headSize);
  const cuts = Math.ceil(rows / rowsPerChunk);
  const pointers = [places.q, packed, places.v, places.range, o.pointer, lse.pointer];
  const words = [...pointers, rows, heads, kvHeads, headSize, rowsPerChunk, cuts, keys];
  backend.machine.run(row ? 'attentionRow' : 'attention', cuts * heads, words, [scale]);
  if (!row) backend.machine.heap.free(packed);
  return { o, lse };
}

/** As {@link Kernels.attentionBackward}. */
export function attentionBackward(
  backend: WasmBackend,
  dO: Operand,
  forward: AttentionForward,
  keyRange: Operand,
  queryRange: Operand,
  shape: AttentionShape,
): { dq: View; dk: View; dv: View } {
  const { heads, kvHeads, headSize, scale } = shape;
  const rows = matrixOf(forward.q).rows;
  const keys = matrixOf(forward.k).rows;
  const { q, k, v, range } = attentionPlaces(backend, forward.q, forward.k, forward.v, keyRange, shape);
  const gradient = backend.place(dO, 'attentionBackward.dO');
  const o = backend.place(forward.o, 'attentionBackward.o');
  const lse = backend.place(forward.lse, 'attentionBackward.lse');
  const back = backend.place(queryRange, 'attentionBackward.queryRange', 'int32');
  same(gradient.size, rows * heads * headSize, 'attentionBackward.dO');
  same(o.size, gradient.size, 'attentionBackward.o');
  same(lse.size, rows * heads, 'attentionBackward.lse');
  same(back.size, keys * 2, 'attentionBackward.queryRange');
  const dq = backend.output([rows, heads * headSize]);
  const dk = backend.output([keys, kvHeads * headSize]);
  const dv = backend.output([keys, kvHeads * headSize]);
  const { machine } = backend;
  const delta = backend.allocate(rows * heads * 4);
  const packedK = packHeads(backend, k, keys, kvHeads, headSize);
  const packedV = packHeads(backend, v, keys, kvHeads, headSize);
  const whole = [gradient.pointer, q, packedK, packedV];
  const sides = [heads, kvHeads, headSize];
  const cuts = Math.ceil(rows / rowsPerChunk);
  const forQ = [
    ...whole,
    k,
    o.pointer,
    lse.pointer,
    range,
    dq.pointer,
    delta,
    rows,
    ...sides,
    rowsPerChunk,
    cuts,
    keys,
  ];
  machine.run('attentionBackwardQ', cuts * heads, forQ, [scale]);
  const keyCuts = Math.ceil(Math.ceil(keys / tileColumns) / panelsPerChunk);
  const forKeys = [...whole, lse.pointer, range, back.pointer, delta, dk.pointer, dv.pointer, rows, keys, ...sides];
  machine.run('attentionBackwardKV', keyCuts * kvHeads, [...forKeys, panelsPerChunk, keyCuts], [scale]);
  for (const pointer of [packedV, packedK, delta]) machine.heap.free(pointer);
  return { dq, dk, dv };
}

/** Keys or values [S, G·K] in panels of eight rows, turned: memory that the caller frees. */
function packHeads(backend: WasmBackend, pointer: number, keys: number, kvHeads: number, headSize: number): number {
  const panels = Math.ceil(keys / tileColumns);
  const target = backend.allocate(panels * tileColumns * kvHeads * headSize * 4);
  const per = Math.max(1, Math.ceil(16_384 / (headSize * tileColumns)));
  const cuts = Math.ceil(panels / per);
  backend.machine.run('packHeads', cuts * kvHeads, [pointer, target, keys, kvHeads, headSize, per, cuts]);
  return target;
}

function attentionPlaces(
  backend: WasmBackend,
  q: Operand,
  k: Operand,
  v: Operand,
  keyRange: Operand,
  { heads, kvHeads, headSize }: AttentionShape,
): { q: number; k: number; v: number; range: number } {
  const rows = matrixOf(q).rows;
  const [placeQ, placeK, placeV] = [
    backend.place(q, 'attention.q'),
    backend.place(k, 'attention.k'),
    backend.place(v, 'attention.v'),
  ];
  const range = backend.place(keyRange, 'attention.keyRange', 'int32');
  same(placeQ.size, rows * heads * headSize, 'attention.q');
  same(placeK.size, matrixOf(k).rows * kvHeads * headSize, 'attention.k');
  same(placeV.size, placeK.size, 'attention.v');
  same(range.size, rows * 2, 'attention.keyRange');
  if (heads % kvHeads !== 0)
    throw new TunesmithError('engine/shape', `attention: heads must be a multiple of ${kvHeads}, got ${heads}`);
  return { q: placeQ.pointer, k: placeK.pointer, v: placeV.pointer, range: range.pointer };
}
