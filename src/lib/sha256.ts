import { sha256Hex } from './sha256Stream';

/**
 * SHA-256 (FIPS 180-4) of bytes, as 64 hexadecimal digits. By the platform where it has it; pages on plain http addresses
 * do not, there in JavaScript.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // `subtle` is missing in insecure contexts, whatever its type says.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (!subtle) return sha256Hex(bytes);
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as BufferSource));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
