import * as tf from '@tensorflow/tfjs-core';
import { sizeOf, type View } from '../runtime/view';

/** What bytes are held for, as the caller names it. */
export type Purpose = string;

interface Held {
  bytes: number;
  purpose: Purpose;
  refCount: number;
}

/** How a real backend allocates. */
export interface Allocation {
  /** Every tensor takes a multiple of so many bytes. */
  roundTo: number;
  /** Memory of a freed tensor is there again after so many dispatches at most, when work is submitted; 0: at once. */
  submitEvery: number;
  /** And when the recorded dispatches have so many multiply-adds; absent: no matter how many. */
  sliceWork?: number;
}

/**
 * A tfjs backend whose tensors hold nothing: it only keeps count of the bytes that they would take, now and at most. It is never
 * made tfjs's active backend, so it can be used beside a real one.
 */
export class SizeBackend extends tf.KernelBackend {
  readonly #held = new Map<object, Held>();
  /** Freed, but still in work that was not submitted. */
  #freed: Held[] = [];
  #dispatches = 0;
  #work = 0;
  #bytes = 0;
  #peak: { bytes: number; held: Held[] } = { bytes: 0, held: [] };
  /** Of tensors made from now on. */
  purpose: Purpose = '';

  constructor(readonly allocation: Allocation) {
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
    const bytes = Math.ceil(Math.max(4 * sizeOf(shape), 1) / this.allocation.roundTo) * this.allocation.roundTo;
    this.#held.set(dataId, { bytes, purpose: this.purpose, refCount: 1 });
    this.#bytes += bytes;
    if (this.#bytes > this.#peak.bytes)
      this.#peak = { bytes: this.#bytes, held: [...this.#held.values(), ...this.#freed] };
    const storage = tf.engine().makeTensorFromDataId(dataId, [...shape], dtype, this);
    return { storage, offset: 0, shape };
  }

  /** Says afterwards what a tensor is for. */
  relabel({ storage }: View, purpose: Purpose): void {
    const held = this.#held.get(storage.dataId);
    if (held) held.purpose = purpose;
  }

  /** One call of so many multiply-adds that a real backend would record, before its results are made (runtime/webgpuRunner). */
  dispatched(work = 0): void {
    const { submitEvery, sliceWork = Number.POSITIVE_INFINITY } = this.allocation;
    const isFull = this.#dispatches >= submitEvery || this.#work >= sliceWork;
    if (isFull || (this.#work > 0 && this.#work + work > sliceWork)) this.submit();
    this.#dispatches++;
    this.#work += work;
  }

  /** Freed memory is there again. */
  submit(): void {
    this.#dispatches = 0;
    this.#work = 0;
    for (const { bytes } of this.#freed) this.#bytes -= bytes;
    this.#freed = [];
  }

  override disposeData(dataId: object): boolean {
    const held = this.#held.get(dataId);
    if (!held) return true;
    held.refCount--;
    if (held.refCount > 0) return false;
    this.#held.delete(dataId);
    if (this.allocation.submitEvery > 0) this.#freed.push(held);
    else this.#bytes -= held.bytes;
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
