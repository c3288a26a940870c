import type { Param } from './webgpuRunner';

/**
 * Parameters of the dispatches that are recorded but not submitted: a slot each in one uniform buffer, written to the device
 * in one go before the submission. Slots can be used again right after it: a later write is ordered after submitted work.
 */
const slotBytes = 256;
const slots = 512;

export class UniformRing {
  readonly #buffer: GPUBuffer;
  readonly #bytes = new ArrayBuffer(slotBytes * slots);
  readonly #unsigned = new Uint32Array(this.#bytes);
  readonly #floats = new Float32Array(this.#bytes);
  #used = 0;

  constructor(readonly device: GPUDevice) {
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
    this.#buffer = device.createBuffer({ label: 'parameters', size: slotBytes * slots, usage });
  }

  get binding(): GPUBufferBinding {
    return { buffer: this.#buffer, offset: 0, size: slotBytes };
  }

  /** True when the recorded work must be submitted before more is recorded. */
  get isFull(): boolean {
    return this.#used === slots;
  }

  /** @returns the slot's offset in bytes, for the dynamic offset of the binding. */
  write(params: readonly Param[]): number {
    if (params.length > slotBytes / 4) throw new RangeError(`uniform ring: ${params.length} parameters`);
    const offset = this.#used++ * slotBytes;
    let index = offset / 4;
    for (const param of params) {
      if (typeof param === 'number') this.#unsigned[index++] = param;
      else this.#floats[index++] = param.f;
    }
    return offset;
  }

  /** Writes the used slots; call right before every submission. */
  flush(): void {
    if (this.#used > 0) this.device.queue.writeBuffer(this.#buffer, 0, this.#bytes, 0, this.#used * slotBytes);
    this.#used = 0;
  }
}
