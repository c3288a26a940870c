/** Gathers rows into blocks of about 256 KiB or 1,000 rows, whichever comes first. */
import type { ErrorRecord } from '../../lib/errors';
import type { RowBlock } from './rowSource';

const blockBytes = 1 << 18;
const blockRows = 1000;

/** A row as a format's reader gives it. */
export interface ReadRow {
  line: number;
  /** First byte in the row store, and one past the last. */
  start: number;
  end: number;
  /** Null when the row is longer than the cap. Copied at once. */
  bytes: Uint8Array | null;
  error?: ErrorRecord | undefined;
}

/** Rows in, blocks out: a block is ready as soon as `take` gives it. */
export class BlockBuilder {
  rows = 0;
  readonly #ready: RowBlock[] = [];
  #bytes = new Uint8Array(blockBytes);
  #used = 0;
  #count = 0;
  readonly #lines = new Int32Array(blockRows);
  readonly #places = new Float64Array(blockRows * 2);
  readonly #starts = new Int32Array(blockRows + 1);
  #errors: RowBlock['errors'] = [];

  add({ line, start, end, bytes, error }: ReadRow): void {
    const size = bytes?.length ?? 0;
    if (this.#count > 0 && this.#used + size > blockBytes) this.#close();
    if (size > this.#bytes.length) this.#bytes = new Uint8Array(size);
    if (bytes) this.#bytes.set(bytes, this.#used);
    const index = this.#count++;
    this.#used += size;
    this.#lines[index] = line;
    this.#places[index * 2] = start;
    this.#places[index * 2 + 1] = end;
    this.#starts[index + 1] = this.#used;
    if (error) this.#errors.push({ index, error });
    if (this.#used >= blockBytes || this.#count === blockRows) this.#close();
  }

  /** The next full block, or undefined. */
  take(): RowBlock | undefined {
    return this.#ready.shift();
  }

  /** Ends the last block, full or not; `take` then gives it. */
  flush(): void {
    if (this.#count > 0) this.#close();
  }

  #close(): void {
    const count = this.#count;
    this.#ready.push({
      firstRow: this.rows,
      count,
      lines: this.#lines.slice(0, count),
      places: this.#places.slice(0, count * 2),
      bytes: this.#bytes.slice(0, this.#used),
      starts: this.#starts.slice(0, count + 1),
      errors: this.#errors,
    });
    this.rows += count;
    if (this.#bytes.length > blockBytes) this.#bytes = new Uint8Array(blockBytes);
    this.#used = 0;
    this.#count = 0;
    this.#errors = [];
  }
}
