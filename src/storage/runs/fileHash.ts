/** SHA-256 of a file of any size. */
import { sha256 } from '../../lib/sha256';
import { Sha256 } from '../../lib/sha256Stream';

const wholeBytes = 2 ** 26;
/** Little enough to be hashed between two frames. */
const sliceBytes = 2 ** 20;

/** As 64 hexadecimal digits. A large file is read and hashed in slices: no array holds more than 2 GiB of a file. */
export async function fileSha256(file: Blob, wholeUpTo = wholeBytes): Promise<string> {
  if (file.size <= wholeUpTo) return sha256(new Uint8Array(await file.arrayBuffer()));
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += sliceBytes)
    hash.update(new Uint8Array(await file.slice(at, at + sliceBytes).arrayBuffer()));
  return hash.hex();
}
