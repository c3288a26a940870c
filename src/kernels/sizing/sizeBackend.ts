import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type View } from '../runtime/view';

/** What bytes are held for, as the caller names it. */
export type Purpose = string;

interface Held {
  bytes: number;
  purpose: Purpose;
  refCount: number;
}

/**
 * A tfjs backend whose tensors hold nothing: it only keeps count of the bytes that they would take, now and at most; what is freed
 * is there again at once, as on both real backends (runtime/wasmHeap, runtime/webgpuRunner). It is never
 * made tfjs's active backend, so it can be used beside a real one.
 */
export class SizeBackend extends tf.KernelBackend {
  readonly #held = new Map<object, Held>();
  #bytes = 0;
  #peak: { bytes: number; held: Held[] } = { bytes: 0, held: [] };
  /** Of tensors made from now on. */
  purpose: Purpose = '';

  /** @param roundTo every tensor takes a multiple of so many bytes */
  constructor(readonly roundTo: number) {
    super();
  }

  /** Bytes at the moment when most were held, by what they were held for. */
  peak(): ReadonlyMap<Purpose, number> {
    const sums = new Map<Purpose, number>();
    for (const { purpose, bytes } of this.#peak.held) sums.set(purpose, (sums.get(purpose) ?? 0) + bytes);
    return sums;
  }

  /** Bytes held now for a purpose. */
  held(purpose: Purpose): number {
    return [...this.#held.values()].reduce((sum, held) => sum + (held.purpose === purpose ? held.bytes : 0), 0);
  }

  /** A tensor that belongs to the caller (or to its tf.tidy). */
  make(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): View {
    const dataId = {};
    const bytes = Math.ceil(Math.max(4 * sizeOf(shape), 1) / this.roundTo) * this.roundTo;
    this.#held.set(dataId, { bytes, purpose: this.purpose, refCount: 1 });
    this.#bytes += bytes;
    if (this.#bytes > this.#peak.bytes) this.#peak = { bytes: this.#bytes, held: [...this.#held.values()] };
    const storage = tf.engine().makeTensorFromDataId(dataId, [...shape], dtype, this);
    return { storage, offset: 0, shape };
  }

  /** Says afterwards what a tensor is for. */
  relabel({ storage }: View, purpose: Purpose): void {
    const held = this.#held.get(storage.dataId);
    if (held) held.purpose = purpose;
  }

  override disposeData(dataId: object): boolean {
    const held = this.#held.get(dataId);
    if (!held) return true;
    held.refCount--;
    if (held.refCount > 0) return false;
    this.#held.delete(dataId);
    this.#bytes -= held.bytes;
    return true;
  }

  override refCount(dataId: object): number {
    return this.#held.get(dataId)?.refCount ?? 0;
  }

  override incRef(dataId: object): void {
    const held = this.#held.get(dataId);
    if (held) held.refCount++;
  }

  override numDataIds(): number {
    return this.#held.size;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }
}
