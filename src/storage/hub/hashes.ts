/** Whether bytes are those that the hub promised. */
import { createSHA1, createSHA256 } from 'hash-wasm';
import { cancelled } from './locks';
import type { RemoteFile } from './listRepository';

const chunkBytes = 4 << 20;

/** The hash of a blob as the hub names it: SHA-256 of its bytes, or SHA-1 of `blob <size>\0` and its bytes, as git does. */
export async function hashOf(blob: Blob, algorithm: RemoteFile['algorithm'], signal?: AbortSignal): Promise<string> {
  const hash = await (algorithm === 'sha256' ? createSHA256() : createSHA1());
  hash.init();
  if (algorithm === 'git') hash.update(`blob ${blob.size}\0`);
  for (let at = 0; at < blob.size; at += chunkBytes) {
    if (signal?.aborted) throw cancelled();
    hash.update(new Uint8Array(await blob.slice(at, at + chunkBytes).arrayBuffer()));
  }
  return hash.digest('hex');
}
