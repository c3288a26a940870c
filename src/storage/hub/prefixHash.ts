/** Whether bytes are those that the hub promised: hashed from the file's beginning while its end is still on the way. */
import { createSHA1, createSHA256 } from 'hash-wasm';
import type { Journal } from './blobs';
import type { RemoteFile } from './listRepository';
import type { StoreWriter } from './store';

const chunkBytes = 1 << 20;

type Hasher = Awaited<ReturnType<typeof createSHA256>>;

/**
 * The hash of a file as the hub names it (SHA-256 of its bytes, or SHA-1 of `blob <size>\0` and its bytes, as git does),
 * taken of what was written, read back, as far as the file has no holes.
 */
export class PrefixHash {
  #hashedBytes = 0;
  #restarts = 0;

  private constructor(
    private readonly hasher: Hasher,
    private readonly file: RemoteFile,
    private readonly bytes: StoreWriter,
    private readonly journal: Journal,
  ) {
    this.#begin();
  }

  static async of(file: RemoteFile, bytes: StoreWriter, journal: Journal): Promise<PrefixHash> {
    const hasher = await (file.algorithm === 'sha256' ? createSHA256() : createSHA1());
    return new PrefixHash(hasher, file, bytes, journal);
  }

  /** Takes in at most so many bytes more; true when there are none left that could be taken. */
  advance(mostBytes: number): boolean {
    if (this.#restarts !== this.journal.restarts) this.#begin();
    const there = this.journal.prefixBytes();
    const end = Math.min(there, this.#hashedBytes + mostBytes);
    while (this.#hashedBytes < end) {
      const part = this.bytes.read(this.#hashedBytes, Math.min(end, this.#hashedBytes + chunkBytes));
      if (part.length === 0) return true;
      this.hasher.update(part);
      this.#hashedBytes += part.length;
    }
    return this.#hashedBytes === there;
  }

  /** Of the whole file. */
  hex(): string {
    return this.hasher.digest('hex');
  }

  #begin(): void {
    this.#hashedBytes = 0;
    this.#restarts = this.journal.restarts;
    this.hasher.init();
    if (this.file.algorithm === 'git') this.hasher.update(`blob ${this.file.sizeBytes}\0`);
  }
}
