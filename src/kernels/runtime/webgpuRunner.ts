import * as tf from '@tensorflow/tfjs-core';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { TunesmithError } from '../../lib/errors';
import type { OnCompiled } from '../kernels';
import { Breather, type WorkPace } from './breather';
import type { KernelReports } from './kernelReports';
import { ProgramCache, type Program, type ProgramSource } from './programCache';
import { Submissions } from './submissions';
import { UniformRing } from './uniformRing';
import { asView, sizeOf, type Operand, type View } from './view';
import { WebgpuBuffers, type BufferPool } from './webgpuBuffers';
import { WebgpuHealth } from './webgpuHealth';
import { tuningOf } from './webgpuTuning';

/**
 * Runs our own WGSL on tfjs's command stream: dispatches are recorded into the compute pass that tfjs's programs use, so both
 * kinds of work keep their order and share tfjs's buffer pool. **The only file that knows tfjs's private names**
 * (tfjs-backend-webgpu 4.22.0); webgpuRunner.gpu.test.ts fails when they change.
 *
 * A tensor that is freed gives its buffer to the next one at once, as on WASM, and does not wait for the submission as tfjs's own
 * do: dispatches and copies on one queue do not overtake each other, uploads into a used buffer are recorded as copies, and before
 * a buffer is destroyed or written by the queue, what is recorded is submitted. So the most that is held is the same wherever
 * command buffers end, and a forecast need not know where.
 */
interface TensorData {
  /** Values not yet, or again, on the CPU: stale once a kernel writes the buffer. */
  values: unknown;
  resource: GPUBuffer | null;
}
interface Internals {
  tensorMap: { get(id: object): TensorData };
  uploadToGPU(id: object): void;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  dispatchCountInPass: number;
  submitQueue(): void;
  bufferManager: BufferPool;
}
/** Names that the contract test looks for. */
export const privateNames = [
  'tensorMap',
  'uploadToGPU',
  'commandEncoder',
  'computePassEncoder',
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'dispatchCountInPass',
  'submitQueue',
  'bufferManager',
] as const satisfies readonly (keyof Internals)[];

/** A parameter of a shader: u32 by default, `f` marks an f32. */
export type Param = number | { f: number };

/** WebGPU binds storage at multiples of 256 bytes (the largest minimum that a device may have). */
const bindingAlignment = 256;
const largestGrid = 65_535;
const bindGroupLimit = 8192;
/**
 * Multiply-adds in a command buffer, so that the page's own frames wait for 50 ms at most: 20 ms on a small GPU (100 GFLOP/s), 45 ms
 * on one in software (3). By work and not by time, so that the same calls are cut in the same places.
 */
const workPerSlice = { hardware: 2 ** 30, software: 2 ** 26 } as const;
/** Slices are so many times smaller at the pace `polite`. */
const politeSlices = 4;

interface Bound {
  buffer: GPUBuffer;
  /** Bytes. */
  offset: number;
  size: number;
}

export class WebgpuRunner {
  readonly #tfjs: Internals;
  readonly #ring: UniformRing;
  readonly #programs: ProgramCache;
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  readonly #bufferIds = new WeakMap<GPUBuffer, number>();
  /** What goes wrong on the device. */
  readonly health: WebgpuHealth;
  readonly #buffers: WebgpuBuffers;
  readonly #breather: Breather;
  #sliceWork: number;
  #work = 0;
  readonly #submitted: Submissions | null;
  /** Dispatches recorded so far. */
  dispatches = 0;
  /** The operation that is being recorded, for {@link reports}. */
  op: string | null = null;
  #nextBufferId = 0;
  #peakBytes = 0;
  /** The programs that work wants while it is only looked at: see {@link prepare}. */
  #wanted: Set<Program> | null = null;

  /**
   * @param batchSize dispatches in a command buffer: more cost less, fewer let the page draw in between.
   * @param reports is told of shaders that do not work; null: nobody is.
   */
  constructor(
    readonly device: GPUDevice,
    readonly backend: WebGPUBackend,
    readonly batchSize = 32,
    readonly reports: KernelReports | null = null,
  ) {
    this.#submitted = reports && new Submissions(device, reports);
    this.#tfjs = backend as unknown as Internals;
    this.health = WebgpuHealth.of(device);
    this.#programs = new ProgramCache(device, this.health, reports);
    this.#buffers = new WebgpuBuffers(device, this.health, this.#tfjs.bufferManager, () => this.submit());
    this.#breather = new Breather(() => {
      this.submit();
      return this.health.orLost(device.queue.onSubmittedWorkDone());
    });
    this.#ring = new UniformRing(device);
    this.#sliceWork = this.#largestSlice;
    // tfjs submits when it likes; parameters must be on their way before that.
    const submit = this.#tfjs.submitQueue.bind(backend);
    this.#tfjs.submitQueue = () => {
      this.#ring.flush();
      this.#work = 0;
      submit();
      this.#submitted?.submitted();
    };
    tf.env().set('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE', batchSize);
  }

  get #largestSlice(): number {
    return workPerSlice[tuningOf(this.device).software ? 'software' : 'hardware'];
  }

  /** How much of the device work takes from now on: `polite` cuts it smaller, and {@link breathe} leaves gaps. Results are the same. */
  setPace(pace: WorkPace): void {
    this.#breather.pace = pace;
    this.#sliceWork = this.#largestSlice / (pace === 'polite' ? politeSlices : 1);
  }

  /** At the pace `polite` waits for the device and leaves it idle for a while. */
  breathe(): Promise<void> {
    return this.#breather.breathe();
  }

  /** All buffers take at most so many bytes (null: what there is); more is `device/out-of-memory`. */
  setLimit(bytes: number | null): void {
    this.#buffers.setLimit(bytes);
  }

  /** Bytes that one operand of a dispatch may span. */
  get largestBinding(): number {
    return this.device.limits.maxStorageBufferBindingSize;
  }

  /** A shader, once per source and constants: compiled when it is first dispatched, or before that by {@link prepare}. */
  program(source: ProgramSource): Program {
    return this.#programs.program(source);
  }

  /** Whether calls are only looked at: see {@link prepare}. */
  get isPreparing(): boolean {
    return this.#wanted !== null;
  }

  /**
   * Compiles the shaders that `work` will dispatch, side by side and off this thread, without doing the work: nothing is recorded,
   * and what it uploads is dropped. What it makes must not be used, and must be freed as ever. @param onCompiled told how far it is. @returns shaders compiled
   */
  async prepare(work: () => void, onCompiled?: OnCompiled): Promise<number> {
    const wanted = new Set<Program>();
    this.#wanted = wanted;
    try {
      work();
    } finally {
      this.#wanted = null;
    }
    return this.#programs.compileAhead([...wanted], onCompiled);
  }

  /** A tensor whose elements are not set yet (the pool's leftovers). */
  empty(shape: readonly number[], dtype: 'float32' | 'int32' = 'float32'): View {
    this.health.check();
    const info = this.backend.makeTensorInfo([...shape], dtype);
    return { storage: tf.engine().makeTensorFromTensorInfo(info, this.backend), offset: 0, shape };
  }

  /** Copies values to a new tensor; the caller's array is not kept. */
  upload(values: Float32Array | Int32Array, shape: readonly number[]): View {
    this.health.check();
    const dtype = values instanceof Int32Array ? 'int32' : 'float32';
    const storage = tf.tensor(values, [...shape], dtype);
    try {
      if (!this.#wanted) this.#tfjs.uploadToGPU(storage.dataId);
    } catch (error) {
      storage.dispose();
      throw error;
    }
    return { storage, offset: 0, shape };
  }

  /** Copies values over a view's, after all recorded work. No staging tensor: for weights. */
  write(target: View, values: Float32Array | Int32Array): void {
    if (this.#wanted) return;
    this.health.check();
    const { buffer, offset, size } = this.#bound(target, true);
    if (values.byteLength !== size) throw new RangeError(`write: ${values.length} values for [${target.shape.join()}]`);
    this.submit();
    this.device.queue.writeBuffer(buffer, offset, values as Float32Array<ArrayBuffer>);
  }

  /** Frees a tensor and its buffer, which tfjs would keep for another tensor of the same size: for weights. */
  destroy({ storage }: View): void {
    this.submit();
    const data = this.#tfjs.tensorMap.get(storage.dataId);
    if (data.resource) this.#tfjs.bufferManager.releaseBuffer(data.resource, false);
    data.resource = null;
    storage.dispose();
  }

  /**
   * Records one dispatch. Each operand is bound from its first element, and only its range: a part of a buffer larger than the
   * binding limit can be used. Operands that begin off the binding alignment, or are read from a buffer that is also written,
   * take a detour through a copy.
   * @param groups workgroups; more than 65,535 are folded into a second dimension, so the shader must number them as
   *   `wid.y · num_workgroups.x + wid.x` and ignore numbers past the end.
   * @param work multiply-adds, where they are many
   */
  dispatch(program: Program, operands: readonly Operand[], params: readonly Param[], groups: number, work = 0): void {
    if (groups === 0) return;
    this.health.check();
    if (this.op !== null) program.ops.add(this.op);
    if (this.#wanted) {
      this.#wanted.add(program);
      return;
    }
    this.#programs.check(program);
    const alone = this.op !== null && this.reports?.suspects.has(this.op) === true;
    if (alone) this.submit();
    if (this.#work > 0 && this.#work + work > this.#sliceWork) this.submit();
    const views = operands.map(asView);
    const copies: { from: View; to: View }[] = [];
    const bound = views.map((view, index) => {
      const isWritten = program.access[index] === 'w';
      const straight = this.#bound(view, isWritten);
      const isAliased = !isWritten && views.some((other, at) => program.access[at] === 'w' && sameBuffer(other, view));
      if (straight.offset % bindingAlignment === 0 && !isAliased) return straight;
      const detour = this.empty(view.shape, view.storage.dtype as 'float32');
      this.copy(view, detour);
      if (isWritten) copies.push({ from: detour, to: view });
      else copies.push({ from: detour, to: detour });
      return this.#bound(detour, isWritten);
    });
    this.#record(program, bound, params, groups, work);
    for (const { from, to } of copies) {
      if (to !== from) this.copy(from, to);
      from.storage.dispose();
    }
    if (alone) this.submit();
  }

  #record(program: Program, bound: readonly Bound[], params: readonly Param[], groups: number, work: number): void {
    const pipeline = this.#programs.pipelineOf(program);
    const slot = this.#ring.write(params);
    const group = this.#bindGroup(program, bound);
    const tfjs = this.#tfjs;
    tfjs.ensureCommandEncoderReady();
    tfjs.computePassEncoder ??= (tfjs.commandEncoder as GPUCommandEncoder).beginComputePass();
    const pass = tfjs.computePassEncoder;
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group, [slot]);
    const rows = Math.ceil(groups / largestGrid);
    pass.dispatchWorkgroups(Math.ceil(groups / rows), rows);
    tfjs.dispatchCountInPass++;
    this.dispatches++;
    if (this.op !== null) this.#submitted?.recorded(this.op);
    this.#peakBytes = Math.max(this.#peakBytes, this.bytesInUse);
    this.#work += work;
    const isLong = tfjs.dispatchCountInPass >= this.batchSize || this.#work >= this.#sliceWork;
    if (isLong || this.#ring.isFull) this.submit();
  }

  /** The part of a buffer that a view covers; uploads what is still on the CPU. */
  #bound(view: View, isWritten: boolean): Bound {
    const id = view.storage.dataId;
    this.#tfjs.uploadToGPU(id);
    const data = this.#tfjs.tensorMap.get(id);
    // A tensor that was read keeps its values on the CPU, and tfjs would go on giving those.
    if (isWritten) data.values = null;
    return { buffer: data.resource as GPUBuffer, offset: view.offset * 4, size: sizeOf(view.shape) * 4 };
  }

  #bindGroup(program: Program, bound: readonly Bound[]): GPUBindGroup {
    let key = program.access;
    for (const { buffer, offset, size } of bound) key += ` ${this.#bufferId(buffer)}.${offset}.${size}`;
    const known = this.#bindGroups.get(key);
    if (known) return known;
    const storage = bound.map((resource, index) => ({ binding: index + 1, resource }));
    const entries = [{ binding: 0, resource: this.#ring.binding }, ...storage];
    const group = this.device.createBindGroup({ layout: program.layout, entries });
    // tfjs pools buffers, so a training step meets the same few again; a new length bucket brings new ones.
    if (this.#bindGroups.size >= bindGroupLimit) this.#bindGroups.clear();
    this.#bindGroups.set(key, group);
    return group;
  }

  #bufferId(buffer: GPUBuffer): number {
    let id = this.#bufferIds.get(buffer);
    if (id === undefined) {
      id = this.#nextBufferId++;
      this.#bufferIds.set(buffer, id);
    }
    return id;
  }

  /** Copies elements between buffers at any offset. Ends the compute pass: for small or rare copies. */
  copy(from: View, to: View): void {
    if (this.#wanted) return;
    this.health.check();
    const source = this.#bound(from, false);
    const target = this.#bound(to, true);
    if (source.size === 0) return;
    if (source.buffer === target.buffer) {
      // WebGPU does not copy within a buffer.
      const between = this.empty(from.shape, from.storage.dtype as 'float32');
      this.copy(from, between);
      this.copy(between, to);
      between.storage.dispose();
      return;
    }
    const tfjs = this.#tfjs;
    tfjs.ensureCommandEncoderReady();
    tfjs.endComputePassEncoder();
    (tfjs.commandEncoder as GPUCommandEncoder).copyBufferToBuffer(
      source.buffer,
      source.offset,
      target.buffer,
      target.offset,
      source.size,
    );
  }

  /** Sends recorded work to the device. */
  submit(): void {
    if (!this.#tfjs.commandEncoder) return;
    try {
      this.#tfjs.endComputePassEncoder();
      this.#tfjs.submitQueue();
    } catch (error) {
      // A device that is gone takes nothing, and says so where results are read.
      if (!this.health.lost) throw error;
    }
  }

  /** Submits, waits and copies a view's numbers to JavaScript; int32 elements become floats of the same value. */
  async read(operand: Operand): Promise<Float32Array> {
    const bytes = await this.#readBytes(operand);
    return asView(operand).storage.dtype === 'int32'
      ? Float32Array.from(new Int32Array(bytes))
      : new Float32Array(bytes);
  }

  /** As {@link read}, of int32 elements, each bit as it is. */
  async readInts(operand: Operand): Promise<Int32Array> {
    return new Int32Array(await this.#readBytes(operand));
  }

  /** Fails with what went wrong since the last time, if anything did. */
  async #readBytes(operand: Operand): Promise<ArrayBuffer> {
    this.health.check();
    const { buffer, offset, size } = this.#bound(asView(operand), false);
    if (size === 0) return new ArrayBuffer(0);
    const staging = this.#buffers.create({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    this.#tfjs.ensureCommandEncoderReady();
    this.#tfjs.endComputePassEncoder();
    (this.#tfjs.commandEncoder as GPUCommandEncoder).copyBufferToBuffer(buffer, offset, staging, 0, size);
    this.submit();
    try {
      await this.#settled(staging.mapAsync(GPUMapMode.READ));
      return staging.getMappedRange().slice(0);
    } finally {
      this.#buffers.destroy(staging);
    }
  }

  /** Waits for what was asked for after all recorded work; fails with what went wrong in that work, whatever the answer. */
  async #settled(asked: Promise<unknown>): Promise<void> {
    const look = this.health.look();
    const answer = this.health.orLost(asked).then(
      () => null,
      (error: unknown) => error as TunesmithError,
    );
    const error = (await look) ?? (await answer) ?? this.health.lost;
    if (!error) return;
    this.submit();
    this.health.answered();
    throw error;
  }

  /** Submits; resolves when the device has done everything. */
  async finish(): Promise<void> {
    this.health.check();
    this.submit();
    await this.#settled(this.device.queue.onSubmittedWorkDone());
  }

  /** Bytes of GPU buffers that tensors hold (not those waiting in the pool). */
  get bytesInUse(): number {
    return (this.backend.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU;
  }

  /** The most that tensors held at any dispatch. */
  get peakBytes(): number {
    return Math.max(this.#peakBytes, this.bytesInUse);
  }

  /** Begins a new measurement of {@link peakBytes}. */
  resetPeak(): void {
    this.submit();
    this.#peakBytes = this.bytesInUse;
  }

  /** Bytes of all buffers made, the pool's included. */
  get bytesAllocated(): number {
    return (this.backend.memory() as unknown as { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;
  }
}

const sameBuffer = (a: View, b: View): boolean => a.storage.dataId === b.storage.dataId;
