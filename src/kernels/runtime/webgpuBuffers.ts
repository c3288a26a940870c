import { deviceOutOfMemory } from './deviceErrors';
import type { WebgpuHealth } from './webgpuHealth';

/** tfjs's pool of buffers (tfjs-backend-webgpu 4.22.0, BufferManager), by names that webgpuRunner.gpu.test.ts looks for. */
export interface BufferPool {
  device: { createBuffer(descriptor: GPUBufferDescriptor): GPUBuffer };
  /** By size and usage. */
  freeBuffers: Map<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesUsed: number;
  numBytesAllocated: number;
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void;
}
export const poolNames = [
  'device',
  'freeBuffers',
  'numFreeBuffers',
  'numBytesUsed',
  'numBytesAllocated',
  'releaseBuffer',
] as const satisfies readonly (keyof BufferPool)[];

/**
 * Every buffer that is made, tfjs's and ours: looked after by an error scope of its own, and counted against a limit. A buffer that
 * the device had no memory for never goes back into the pool.
 */
export class WebgpuBuffers {
  readonly #invalid = new WeakSet<GPUBuffer>();
  #limit = Number.POSITIVE_INFINITY;
  /** Of buffers that are not the pool's. */
  #ownBytes = 0;

  /** @param release makes freed buffers free: submits what is recorded. */
  constructor(
    readonly device: GPUDevice,
    readonly health: WebgpuHealth,
    readonly pool: BufferPool,
    readonly release: () => void,
  ) {
    pool.device = { createBuffer: (descriptor) => this.#create(descriptor) };
    const releaseBuffer = pool.releaseBuffer.bind(pool);
    pool.releaseBuffer = (buffer, reuse = true) => releaseBuffer(buffer, reuse && !this.#invalid.has(buffer));
  }

  /** At most so many bytes; null: what there is. */
  setLimit(bytes: number | null): void {
    this.#limit = bytes ?? Number.POSITIVE_INFINITY;
    if (this.#bytes > this.#limit) this.trim();
  }

  /** A buffer beside the pool, to be given back by {@link destroy}. */
  create(descriptor: GPUBufferDescriptor): GPUBuffer {
    const buffer = this.#create(descriptor);
    this.#ownBytes += buffer.size;
    return buffer;
  }

  destroy(buffer: GPUBuffer): void {
    this.#ownBytes -= buffer.size;
    buffer.destroy();
  }

  /** Gives the pool's free buffers back to the system. */
  trim(): void {
    this.release();
    const { pool } = this;
    // The lists stay: tfjs takes their number for a sign of life.
    for (const buffers of pool.freeBuffers.values())
      for (const buffer of buffers.splice(0)) {
        pool.numFreeBuffers--;
        pool.numBytesAllocated -= buffer.size;
        buffer.destroy();
      }
  }

  get #bytes(): number {
    return this.pool.numBytesAllocated + this.#ownBytes;
  }

  /** Throws `device/lost`, and `device/out-of-memory` where that is known at once; else the health's next look tells. */
  #create(descriptor: GPUBufferDescriptor): GPUBuffer {
    const { size } = descriptor;
    this.health.check();
    if (this.#bytes + size > this.#limit) this.trim();
    const needed = this.#bytes + size;
    if (needed > this.#limit) throw deviceOutOfMemory('WebGPU', needed, this.#limit);
    if (size > this.device.limits.maxBufferSize)
      throw deviceOutOfMemory('WebGPU, one tensor', size, this.device.limits.maxBufferSize);
    for (const last of [false, true])
      try {
        return this.#scoped(descriptor, needed);
      } catch (cause) {
        // Mapped ones are refused on the spot; without the pool there may be room.
        if (!(cause instanceof RangeError)) throw cause;
        if (!last) this.trim();
      }
    throw deviceOutOfMemory('WebGPU', needed, null);
  }

  #scoped(descriptor: GPUBufferDescriptor, needed: number): GPUBuffer {
    let made: GPUBuffer | null = null;
    made = this.health.scoped(
      'out-of-memory',
      () => this.device.createBuffer(descriptor),
      () => {
        if (made) this.#drop(made);
        return deviceOutOfMemory('WebGPU', needed, null);
      },
    );
    return made;
  }

  #drop(buffer: GPUBuffer): void {
    this.#invalid.add(buffer);
    for (const buffers of this.pool.freeBuffers.values()) {
      const at = buffers.indexOf(buffer);
      if (at < 0) continue;
      buffers.splice(at, 1);
      this.pool.numFreeBuffers--;
      this.pool.numBytesAllocated -= buffer.size;
    }
  }
}
