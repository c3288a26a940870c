import { sha256 } from '../../lib/sha256';

/** Of every tensor so many values are looked at: a tuned model differs from its base in far more. */
const valuesEach = 1024;

/** Tells models of one name and one shape apart, whatever file, order and dtype on the device they were read from and into. */
export class WeightsFingerprint {
  readonly #digests: string[] = [];

  /** The beginning of a tensor's values, as they were read: {@link valuesEach} of them, or all. */
  async add(tensor: string, values: Float32Array): Promise<void> {
    const first = values.slice(0, valuesEach);
    this.#digests.push(`${tensor} ${await sha256(new Uint8Array(first.buffer))}`);
  }

  /** SHA-256 of the tensors' names and digests, sorted by name. */
  hex(): Promise<string> {
    return sha256(new TextEncoder().encode(this.#digests.sort().join('\n')));
  }
}
