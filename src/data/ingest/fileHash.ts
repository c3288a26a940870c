/** SHA-256 of a file while it is read. */
import { createSHA256 } from 'hash-wasm';
import { Sha256 } from '../../lib/sha256Stream';

interface FileHash {
  update(bytes: Uint8Array): void;
  /** 64 hexadecimal digits; ends the hash. */
  hex(): string;
}

/**
 * In WebAssembly, 2.5 times as fast as in JavaScript (250 against 100 MB/s here), where the page may compile it; the
 * platform's `crypto.subtle` can't hash a stream.
 */
export async function createFileHash(): Promise<FileHash> {
  try {
    const hasher = await createSHA256();
    return {
      update: (bytes) => void hasher.update(bytes),
      hex: () => hasher.digest('hex'),
    };
  } catch {
    const hasher = new Sha256();
    return {
      update: (bytes) => void hasher.update(bytes),
      hex: () => hasher.hex(),
    };
  }
}
