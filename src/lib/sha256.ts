/**
 * SHA-256 (FIPS 180-4) of bytes, as 64 hexadecimal digits. By the platform where it has it; pages on plain http addresses
 * do not, there in JavaScript.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  // `subtle` is missing in insecure contexts, whatever its type says.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes as BufferSource)) : digestInScript(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** First 32 bits of the fractional part of a root of the first primes. */
function primeRoots(count: number, power: number): Uint32Array {
  const roots = new Uint32Array(count);
  for (let candidate = 2, found = 0; found < count; candidate++) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor++) if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    const root = candidate ** power;
    roots[found++] = (root - Math.floor(root)) * 2 ** 32;
  }
  return roots;
}

/** The same in JavaScript; exported so that a test can compare the two. */
export function digestInScript(bytes: Uint8Array): Uint8Array {
  const state = primeRoots(8, 1 / 2);
  const constants = primeRoots(64, 1 / 3);
  const length = Math.ceil((bytes.length + 9) / 64) * 64;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(length - 8, BigInt(bytes.length) * 8n);
  const words = new Uint32Array(64);
  const at = (index: number): number => words[index] ?? 0;
  const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));
  for (let offset = 0; offset < length; offset += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(offset + 4 * i);
    for (let i = 16; i < 64; i++) {
      const low = at(i - 15);
      const high = at(i - 2);
      words[i] =
        at(i - 16) +
        (rotate(low, 7) ^ rotate(low, 18) ^ (low >>> 3)) +
        at(i - 7) +
        (rotate(high, 17) ^ rotate(high, 19) ^ (high >>> 10));
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let i = 0; i < 64; i++) {
      const choice = (e & f) ^ (~e & g);
      const one = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + (constants[i] ?? 0) + at(i)) >>> 0;
      const two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) >>> 0, c, b, a, (one + two) >>> 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, index) => (state[index] = (state[index] ?? 0) + value));
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setUint32(4 * index, word));
  return new Uint8Array(digest.buffer);
}
