/**
 * Rows of a JSONL file, or of a file that holds one JSON array, from a stream of bytes. Memory is bounded by the longest
 * row. Rows are byte ranges of the file, so that a row can be read again without keeping the file in memory.
 */
export interface RawRow {
  /** 1-based line where the row begins. */
  line: number;
  /** First byte in the file, and one past the last; white space around the row is left out of an array's elements. */
  start: number;
  end: number;
  /** The row's bytes, or null when it is longer than the cap. Valid until the next row is asked for. */
  bytes: Uint8Array | null;
}

interface RowOptions {
  /** Longest row in bytes. */
  maxRowBytes?: number;
  /** What ends a line: a line feed (CRLF included), or a lone carriage return in files of old Macs. */
  lineEnd?: '\n' | '\r';
  /** Where the rows' array opens, when that is not the file's first character: `{"data": [` … */
  arrayAt?: number | null;
  /** Overrules what the first character says. `values`: JSON values one after another, each over as many lines as it likes. */
  shape?: RowShape | null;
}

/** 16 MiB: about four million tokens, far beyond any context length. */
export const defaultMaxRowBytes = 1 << 24;

export type RowShape = 'lines' | 'array' | 'values';

const newline = 0x0a;
const carriageReturn = 0x0d;
const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x09 || byte === newline || byte === carriageReturn;

const isMark = (byte: number, position: number): boolean => byte === [0xef, 0xbb, 0xbf][position];

/**
 * Pushes chunks in, hands rows to a callback. The first byte that is not white space decides the shape: `[` begins an
 * array whose elements are the rows; anything else is one row per line. Blank lines are no rows. A UTF-8 byte order
 * mark is passed over, CRLF is a line end, the last line needs none.
 */
export class RawRowReader {
  shape: RowShape | null = null;
  /** For an array: whether its closing bracket was seen. */
  isComplete = false;
  /** Line of the array's opening bracket. */
  arrayLine = 1;
  /** For an array: line of the first byte after its end that is neither white space nor a closing brace; null when none is. */
  restLine: number | null = null;
  readonly #maxRowBytes: number;
  readonly #lineEnd: number;
  readonly #arrayAt: number | null;
  readonly #wantedShape: RowShape | null;
  #position = 0;
  #line = 1;
  /** Start of the row that is being read; -1 between rows. */
  #rowStart = -1;
  #rowLine = 1;
  #rowIsBlank = true;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #isTooLong = false;
  // Array and values:
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  constructor(
    private readonly onRow: (row: RawRow) => void,
    { maxRowBytes = defaultMaxRowBytes, lineEnd = '\n', arrayAt = null, shape = null }: RowOptions = {},
  ) {
    this.#maxRowBytes = maxRowBytes;
    this.#lineEnd = lineEnd === '\n' ? newline : carriageReturn;
    this.#arrayAt = arrayAt;
    this.#wantedShape = arrayAt === null ? shape : 'array';
  }

  /** Reads one chunk. Chunks may end anywhere, in the middle of a code point too. */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.shape === null) {
      at = this.#skipToFirst(chunk);
      if (this.shape === null) {
        this.#position += chunk.length;
        return;
      }
    }
    if (this.shape === 'lines') this.#pushLines(chunk, at);
    else this.#pushNested(chunk, at, this.shape === 'array');
    this.#position += chunk.length;
  }

  /** Ends the stream: the last row may lack its line end. */
  end(): void {
    if (this.#rowStart >= 0) this.#finish(new Uint8Array(0), 0, 0);
  }

  #skipToFirst(chunk: Uint8Array): number {
    const lineEnd = this.#lineEnd;
    // Before the array's place everything is passed over; before that, at most a byte order mark.
    const open = (this.#arrayAt ?? 0) - this.#position;
    const marked = Math.max(open, 3 - this.#position);
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === lineEnd) this.#line++;
      if (isSpace(byte) || at < open || (at < marked && isMark(byte, this.#position + at))) continue;
      this.shape = this.#wantedShape ?? (byte === 0x5b ? 'array' : 'lines');
      this.arrayLine = this.#line;
      return this.shape === 'array' ? at + 1 : at;
    }
    return chunk.length;
  }

  #pushLines(chunk: Uint8Array, from: number): void {
    let at = from;
    while (at < chunk.length) {
      if (this.#rowStart < 0) this.#begin(at);
      const lineEnd = chunk.indexOf(this.#lineEnd, at);
      const end = lineEnd < 0 ? chunk.length : lineEnd;
      if (this.#rowIsBlank) this.#rowIsBlank = isBlank(chunk, at, end);
      if (lineEnd < 0) {
        this.#keep(chunk.subarray(at, end));
        return;
      }
      this.#finish(chunk, at, end);
      this.#line++;
      at = end + 1;
    }
  }

  /** Elements of an array, or values one after another. Locals instead of fields: this loop sees every byte. */
  #pushNested(chunk: Uint8Array, from: number, isArray: boolean): void {
    const lineEnd = this.#lineEnd;
    const { length } = chunk;
    let keptFrom = from;
    let depth = this.#depth;
    let at = from;
    while (at < length) {
      if (this.#inString) {
        at = this.#skipString(chunk, at);
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === lineEnd) this.#line++;
      if (this.#rowStart < 0) {
        if (this.isComplete) {
          if (!isSpace(byte) && byte !== 0x7d) this.restLine ??= this.#line;
          at++;
          continue;
        }
        if (isSpace(byte) || byte === 0x2c) {
          at++;
          continue;
        }
        if (isArray && byte === 0x5d) {
          this.isComplete = true;
          at++;
          continue;
        }
        this.#begin(at);
        this.#rowIsBlank = false;
        depth = 0;
        keptFrom = at;
      }
      if (byte === 0x22) this.#inString = true;
      else if (byte === 0x7b || byte === 0x5b) depth++;
      else if (byte === 0x7d || byte === 0x5d) {
        if (depth > 0) {
          depth--;
          if (depth === 0 && !isArray) this.#finish(chunk, keptFrom, at + 1);
        } else if (isArray && byte === 0x5d) {
          this.#finish(chunk, keptFrom, at);
          this.isComplete = true;
        }
      } else if (depth === 0 && (isArray ? byte === 0x2c : byte === lineEnd)) this.#finish(chunk, keptFrom, at);
      at++;
    }
    this.#depth = depth;
    if (this.#rowStart >= 0) this.#keep(chunk.subarray(keptFrom));
  }

  /** Goes to one past the string's closing quote, or to the chunk's end. */
  #skipString(chunk: Uint8Array, from: number): number {
    const lineEnd = this.#lineEnd;
    let at = from;
    if (this.#isEscaped) {
      this.#isEscaped = false;
      at++;
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === 0x22) {
        this.#inString = false;
        return at + 1;
      }
      if (byte === 0x5c) {
        at++;
        if (at === chunk.length) this.#isEscaped = true;
      } else if (byte === lineEnd) this.#line++;
    }
    return chunk.length;
  }

  #begin(at: number): void {
    this.#rowStart = this.#position + at;
    this.#rowLine = this.#line;
    this.#rowIsBlank = true;
    this.#isTooLong = false;
  }

  /** Holds on to part of a row; a row over the cap is no longer kept, only measured. */
  #keep(part: Uint8Array): void {
    this.#pendingBytes += part.length;
    if (this.#pendingBytes > this.#maxRowBytes) {
      this.#isTooLong = true;
      this.#pending = [];
    } else {
      this.#pending.push(part.slice());
    }
  }

  #finish(chunk: Uint8Array, from: number, to: number): void {
    const totalBytes = this.#pendingBytes + (to - from);
    const start = this.#rowStart;
    const isTooLong = this.#isTooLong || totalBytes > this.#maxRowBytes;
    const isBlankRow = this.#rowIsBlank;
    let bytes: Uint8Array | null = null;
    if (!isTooLong)
      bytes = this.#pending.length === 0 ? chunk.subarray(from, to) : this.#join(chunk.subarray(from, to), totalBytes);
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#rowStart = -1;
    if (isBlankRow) return;
    if (bytes && this.shape !== 'lines') bytes = trimmed(bytes);
    this.onRow({ line: this.#rowLine, start, end: start + (bytes?.length ?? totalBytes), bytes });
  }

  #join(last: Uint8Array, totalBytes: number): Uint8Array {
    const whole = new Uint8Array(totalBytes);
    let at = 0;
    for (const part of [...this.#pending, last]) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}

/** Without white space at the end: what stands between an element and its comma. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let { length } = bytes;
  while (length > 0 && isSpace(bytes[length - 1] ?? 0)) length--;
  return bytes.subarray(0, length);
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!isSpace(bytes[at] ?? 0)) return false;
  return true;
}
