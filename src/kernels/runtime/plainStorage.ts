import * as tf from '@tensorflow/tfjs-core';
import { asView, sizeOf, type Operand, type View } from './view';

/**
 * How plain ops read and write views. tfjs tensors are immutable by contract; writing *in place* goes behind it, so every
 * such trick of the plain implementation is in this file: on `cpu` the values are overwritten, on other backends the storage's
 * data entry is exchanged for that of a new tensor of the same size.
 */

/** The entries of a backend's data map that carry the numbers (`values` on cpu and before upload, `resource` on webgpu, the rest on wasm). */
interface DataEntry {
  values?: unknown;
  resource?: unknown;
  memoryOffset?: unknown;
  id?: unknown;
}
interface WithData {
  data?: { get(id: object): DataEntry };
  tensorMap?: { get(id: object): DataEntry };
  dataIdMap?: { get(id: object): DataEntry };
}

function entryOf(tensor: tf.Tensor): DataEntry {
  const backend = tf.backend() as unknown as WithData;
  const map = backend.data ?? backend.tensorMap ?? backend.dataIdMap;
  const entry = map?.get(tensor.dataId);
  if (!entry) throw new Error(`plain kernels: backend ${tf.getBackend()} keeps its data in an unknown place`);
  return entry;
}

/** tf.tidy for results that are views: it does find their tensors, though its type does not say so. */
export function tidy<T>(work: () => T): T {
  return tf.tidy(() => work() as unknown as tf.TensorContainer) as T;
}

/** The elements of an operand as a tensor of its shape. Call inside tf.tidy. */
export function tensorOf<T extends tf.Tensor = tf.Tensor>(operand: Operand): T {
  const { storage, offset, shape } = asView(operand);
  const size = sizeOf(shape);
  const flat = tf.reshape(storage, [storage.size]);
  const part = offset === 0 && size === storage.size ? flat : tf.slice(flat, [offset], [size]);
  return tf.reshape(part, [...shape]) as T;
}

/** As {@link tensorOf}, as a matrix: all leading sides folded into the first. */
export function matrixTensor(operand: Operand): tf.Tensor2D {
  const { shape } = asView(operand);
  const columns = shape.at(-1) ?? 1;
  return tf.reshape(tensorOf(operand), [sizeOf(shape) / Math.max(columns, 1), columns]);
}

/** A tensor as a view of all of it. */
export const viewOf = (tensor: tf.Tensor): View => ({ storage: tensor, offset: 0, shape: tensor.shape });

/** Writes `value` (same size, read before anything is written) over the elements of `target`. Call inside tf.tidy. */
export function replace(target: Operand, value: tf.Tensor): void {
  const { storage, offset, shape } = asView(target);
  const size = sizeOf(shape);
  if (value.size !== size) throw new RangeError(`replace: ${value.size} values for [${shape.join()}]`);
  if (tf.getBackend() === 'cpu') {
    const kept = entryOf(storage).values as Float32Array | Int32Array;
    kept.set(value.dataSync<'float32'>(), offset);
    return;
  }
  const flat = tf.reshape(storage, [storage.size]);
  const rest = offset + size;
  const parts = [
    tf.slice(flat, [0], [offset]),
    // A copy: a reshaped tensor shares its entry with the original.
    tf.cast(tf.mul(tf.reshape(value, [size]), tf.scalar(1, value.dtype)), storage.dtype),
    tf.slice(flat, [rest], [storage.size - rest]),
  ].filter((part) => part.size > 0) as tf.Tensor1D[];
  const whole = parts.length === 1 ? (parts[0] as tf.Tensor1D) : tf.concat1d(parts);
  const [mine, theirs] = [entryOf(storage), entryOf(whole)];
  for (const key of ['values', 'resource', 'memoryOffset', 'id'] as const) {
    if (!(key in mine) && !(key in theirs)) continue;
    const kept = mine[key];
    mine[key] = theirs[key];
    theirs[key] = kept;
  }
}
