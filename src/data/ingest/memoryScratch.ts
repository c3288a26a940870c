/** A scratch in memory, for tests and for browsers without a private file system. */
import type { Scratch } from './rowSource';

const partBytes = 1 << 20;

/** Parts become blobs once they are a mebibyte, which browsers may keep on disk. */
export class MemoryScratch implements Scratch {
  readonly #blobs: { start: number; blob: Blob }[] = [];
  #open: Uint8Array<ArrayBuffer>[] = [];
  #openStart = 0;
  #size = 0;

  append(bytes: Uint8Array): void {
    this.#open.push(bytes.slice());
    this.#size += bytes.length;
    if (this.#size - this.#openStart >= partBytes) this.#close();
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (this.#size > this.#openStart && end > this.#openStart) this.#close();
    let low = 0;
    for (let high = this.#blobs.length - 1; low < high;) {
      const middle = (low + high + 1) >> 1;
      if ((this.#blobs[middle]?.start ?? 0) <= start) low = middle;
      else high = middle - 1;
    }
    const parts: Blob[] = [];
    for (const { start: from, blob } of this.#blobs.slice(low)) {
      if (from >= end) break;
      parts.push(blob.slice(Math.max(0, start - from), Math.max(0, end - from)));
    }
    return new Uint8Array(await new Blob(parts).arrayBuffer());
  }

  release(): Promise<void> {
    this.#blobs.length = 0;
    this.#open = [];
    this.#size = this.#openStart = 0;
    return Promise.resolve();
  }

  #close(): void {
    this.#blobs.push({ start: this.#openStart, blob: new Blob(this.#open) });
    this.#open = [];
    this.#openStart = this.#size;
  }
}

/** A scratch in memory. */
export const createMemoryScratch = (): Promise<Scratch> => Promise.resolve(new MemoryScratch());
