import { WasmHeap } from './wasmHeap';
import { compileSimd, createMemory, hasRelaxedSimd, hasSharedMemory, type SimdExports } from './wasmModule';
import { wasmOps, type WasmOp } from './wasmOps';
import { idleSpins, startThread, type PoolThread } from './wasmPool';

const pageBytes = 65536;
const initialPages = 512;
/** Control block, arguments, constants (simd/core.as.ts) and the threads' scratch memory stand below the heap; address 0 stays unused. */
const controlAt = 1024;
const stopAt = controlAt + 320;
const epochAt = controlAt + 128;
const argsAt = 2048;
const numbersAt = argsAt + 96;
const scratchAt = 65536;
const scratchBytes = 163840;
const maxThreads = 64;
/** Outside the heap, at the end: a tile may read (never write) a few bytes past its tensor. */
const spareBytes = 64;

/** The module, its memory and its threads: what kernels run on. */
export class WasmMachine {
  readonly heap: WasmHeap;
  #threads: PoolThread[] = [];
  #bytes!: Uint8Array<ArrayBufferLike>;
  #words!: Int32Array<ArrayBufferLike>;
  #floats!: Float32Array<ArrayBufferLike>;

  private constructor(
    readonly memory: WebAssembly.Memory,
    private readonly exports: SimdExports,
    readonly relaxedSimd: boolean,
    readonly sharedMemory: boolean,
    threads: number,
  ) {
    exports.setUp();
    this.#refresh();
    this.heap = new WasmHeap(scratchAt + threads * scratchBytes, this.#bytes.length - spareBytes, (bytes) =>
      this.#grow(bytes),
    );
  }

  /**
   * Compiles, allocates, starts threads − 1 workers. Without shared memory there is one thread. A worker that does not
   * start is left out: fewer threads, same results.
   */
  static async open(options: {
    threads?: number;
    relaxedSimd?: boolean;
    sharedMemory?: boolean;
  }): Promise<WasmMachine> {
    const relaxed = (options.relaxedSimd ?? true) && hasRelaxedSimd();
    const shared = (options.sharedMemory ?? true) && hasSharedMemory();
    const cores = (globalThis as { navigator?: { hardwareConcurrency?: number } }).navigator?.hardwareConcurrency;
    const wanted = shared ? Math.max(1, Math.min(maxThreads, options.threads ?? Math.min(cores ?? 2, 8))) : 1;
    const module = await compileSimd(shared, relaxed);
    const memory = createMemory(shared, initialPages);
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const machine = new WasmMachine(memory, instance.exports as unknown as SimdExports, relaxed, shared, wanted);
    const started = await Promise.allSettled(
      Array.from({ length: wanted - 1 }, (_, index) =>
        startThread({
          module,
          memory,
          control: controlAt,
          scratch: scratchAt + (index + 1) * scratchBytes,
          spins: idleSpins,
        }),
      ),
    );
    machine.#threads = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    return machine;
  }

  /** The caller and its workers. */
  get threads(): number {
    return 1 + this.#threads.length;
  }

  /** Views of the whole memory: take them anew after every allocation, which may move or extend it. */
  get floats(): Float32Array {
    return this.#floats;
  }

  get words(): Int32Array {
    return this.#words;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /**
   * Runs an op to its end: `chunks` pieces, whichever thread takes them. How an op is cut depends on its shape alone, never
   * on the number of threads, and no two pieces write the same element: the result is the same bits on any pool.
   */
  run(op: WasmOp, chunks: number, words: readonly number[], numbers?: readonly number[]): void {
    const memory = this.#words;
    for (let slot = 0; slot < words.length; slot++) memory[(argsAt >> 2) + slot] = words[slot] ?? 0;
    if (numbers)
      for (let slot = 0; slot < numbers.length; slot++) this.#floats[(numbersAt >> 2) + slot] = numbers[slot] ?? 0;
    this.exports.run(controlAt, wasmOps[op], argsAt, chunks, scratchAt);
  }

  dispose(): void {
    if (this.sharedMemory) {
      Atomics.store(this.#words, stopAt >> 2, 1);
      Atomics.add(this.#words, epochAt >> 2, 1);
      Atomics.notify(this.#words, epochAt >> 2);
    }
    for (const thread of this.#threads) thread.terminate();
    this.#threads = [];
  }

  #refresh(): void {
    this.#bytes = new Uint8Array(this.memory.buffer);
    this.#words = new Int32Array(this.memory.buffer);
    this.#floats = new Float32Array(this.memory.buffer);
  }

  /** A sixteenth more than there is, at least what is needed; where that is refused, exactly what is needed. */
  #grow(bytes: number): number | undefined {
    const needed = Math.ceil(bytes / pageBytes) + 1;
    const generous = Math.max(needed, this.#bytes.length / pageBytes / 16, 256);
    for (const pages of [Math.ceil(generous), needed]) {
      try {
        this.memory.grow(pages);
        this.#refresh();
        return this.#bytes.length - spareBytes;
      } catch {
        // Past the maximum, or refused by the system: try less.
      }
    }
    return undefined;
  }
}
