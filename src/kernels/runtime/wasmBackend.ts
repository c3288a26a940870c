import * as tf from '@tensorflow/tfjs-core';
import { TunesmithError } from '../../lib/errors';
import type { WasmMachine } from './wasmMachine';
import { asView, sizeOf, type Operand, type View } from './view';

/** What the backend knows about a data id. */
export interface DataRecord {
  pointer: number;
  bytes: number;
  size: number;
  dtype: tf.DataType;
  refCount: number;
}

/** An operand as a kernel needs it. */
export interface Place {
  pointer: number;
  size: number;
  record: DataRecord;
}

export const backendName = 'tunesmith-wasm';
const bytesPerElement = (dtype: tf.DataType): number => (dtype === 'bool' ? 1 : 4);

/**
 * A tfjs backend whose tensors live in the machine's memory. It stores, shares and frees data, so that tf.tensor, tidy,
 * keep, dispose and memory work; of tfjs's own ops only Identity and Reshape are there: arithmetic is in {@link Kernels}.
 */
export class WasmBackend extends tf.KernelBackend {
  readonly #data: tf.DataStorage<DataRecord>;

  constructor(readonly machine: WasmMachine) {
    super();
    this.#data = new tf.DataStorage<DataRecord>(this, tf.engine());
  }

  override write(values: tf.BackendValues | null, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.BackendValues | null,
    shape: number[],
    dtype: tf.DataType,
    refCount: number,
  ): void {
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
      throw new TunesmithError('engine/dtype', `wasm backend: holds float32, int32 and bool, got ${dtype}`);
    const size = sizeOf(shape);
    const bytes = size * bytesPerElement(dtype);
    const pointer = this.allocate(bytes);
    if (values) this.#store(values as ArrayLike<number>, pointer, size, dtype);
    this.#data.set(dataId, { pointer, bytes, size, dtype, refCount });
  }

  #store(values: ArrayLike<number>, pointer: number, size: number, dtype: tf.DataType): void {
    const { machine } = this;
    if (dtype === 'bool') machine.bytes.set(values, pointer);
    else if (dtype === 'int32') machine.words.set(values, pointer / 4);
    else machine.floats.set(values, pointer / 4);
    if (values.length !== size)
      throw new TunesmithError('engine/shape', `wasm backend: ${values.length} values for ${size} elements`);
  }

  override readSync(dataId: object): tf.BackendValues {
    const { pointer, size, dtype } = this.record(dataId);
    const { machine } = this;
    if (dtype === 'bool') return machine.bytes.slice(pointer, pointer + size);
    const first = pointer / 4;
    return (dtype === 'int32' ? machine.words : machine.floats).slice(first, first + size);
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const record = this.#data.get(dataId);
    record.refCount--;
    if (!force && record.refCount > 0) return false;
    this.machine.heap.free(record.pointer);
    this.#data.delete(dataId);
    return true;
  }

  override refCount(dataId: object): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).refCount : 0;
  }

  override incRef(dataId: object): void {
    if (this.#data.has(dataId)) this.#data.get(dataId).refCount++;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override memory(): { unreliable: boolean; bytesInUse: number; bytesReserved: number } {
    const { bytesInUse, bytesReserved } = this.machine.heap;
    return { unreliable: false, bytesInUse, bytesReserved };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override time(work: () => void): Promise<{ kernelMs: number }> {
    const start = performance.now();
    work();
    return Promise.resolve({ kernelMs: performance.now() - start });
  }

  override dispose(): void {
    this.machine.dispose();
  }

  /** The record of a data id; data of another backend moves here. */
  record(dataId: object): DataRecord {
    return this.#data.get(dataId);
  }

  /** Memory for `bytes` bytes, contents undefined; the caller frees it. */
  allocate(bytes: number): number {
    return this.machine.heap.allocate(bytes);
  }

  /** A new tensor that belongs to the caller (or to its tf.tidy), contents undefined. */
  output(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): View & Place {
    const dataId = this.write(null, shape as number[], dtype);
    const storage = tf.engine().makeTensorFromDataId(dataId, shape as number[], dtype, this);
    const record = this.#data.get(dataId);
    return { storage, offset: 0, shape, pointer: record.pointer, size: record.size, record };
  }

  /** Where an operand lies. @param where names the call and the argument in `engine/shape` and `engine/dtype`. */
  place(operand: Operand, where: string, dtype: 'float32' | 'int32' = 'float32'): Place {
    const { storage, offset, shape } = asView(operand);
    const record = this.#data.get(storage.dataId);
    const size = sizeOf(shape);
    if (record.dtype !== dtype)
      throw new TunesmithError('engine/dtype', `${where}: must be ${dtype}, got ${record.dtype}`);
    if (offset < 0 || offset + size > record.size)
      throw new TunesmithError(
        'engine/shape',
        `${where}: must lie inside its tensor of ${record.size} elements, got [${shape.join()}] at ${offset}`,
      );
    return { pointer: record.pointer + offset * 4, size, record };
  }

  /** As {@link place}, of an operand that is about to be written. */
  written(operand: Operand, where: string, dtype: 'float32' | 'int32' = 'float32'): Place {
    return this.place(operand, where, dtype);
  }

  /** Copies values over an operand's. */
  overwrite(target: Operand, values: Float32Array | Int32Array): void {
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    const { pointer, size } = this.written(target, 'write.target', dtype);
    same(values.length, size, 'write.values');
    this.#store(values, pointer, size, dtype);
  }
}

/** tf.clone and tf.reshape share the data: the two ops without arithmetic. */
export function registerSharing(): void {
  const shared: tf.KernelFunc = ({ inputs, backend, attrs }) => {
    const { x } = inputs as { x: tf.TensorInfo };
    (backend as WasmBackend).incRef(x.dataId);
    const asked = attrs?.['shape'] as number[] | undefined;
    const shape = asked ? tf.util.inferFromImplicitShape(asked, sizeOf(x.shape)) : x.shape;
    return { dataId: x.dataId, shape, dtype: x.dtype };
  };
  for (const kernelName of ['Identity', 'Reshape'])
    if (!tf.getKernel(kernelName, backendName)) tf.registerKernel({ kernelName, backendName, kernelFunc: shared });
}

/** Throws `engine/shape` unless an operand has the size it must have. */
export function same(got: number, wanted: number, where: string): void {
  if (got !== wanted) throw new TunesmithError('engine/shape', `${where}: must have ${wanted} elements, got ${got}`);
}
