/** Gunzip of a stream by the platform's `DecompressionStream`, in bounded memory and member by member. */
import { TunesmithError } from '../../lib/errors';

/** Deflate grows by at most 1,032 times, so that one piece of a bomb unpacks to 17 MB before anyone may stop it. */
const pieceBytes = 1 << 14;
/** 1 TiB, more than any disk behind a page: ends a bomb that nobody cancels. */
const maxBytes = 2 ** 40;

/** A piece of the compressed file; `isCandidate`: it begins with bytes that could begin a gzip member. */
interface Piece {
  bytes: Uint8Array<ArrayBuffer>;
  isCandidate: boolean;
}

/**
 * The bytes of a gzip file. Several members one after another (`cat a.gz b.gz`) are read as one file: browsers take what
 * follows the first for junk, so each member gets its own stream. @param name the file's, for messages.
 * Throws `data/gzip-damaged` where the file is cut off or damaged; errors of `chunks` go through.
 */
export async function* gunzip(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  name: string,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let produced = 0;
  let member = new Member(name);
  try {
    for await (const { bytes, isCandidate } of pieces(chunks)) {
      if (isCandidate && (await member.seemsComplete())) {
        await member.close();
        yield* member.takeAll();
        member = new Member(name);
      }
      await member.write(bytes);
      for (const part of member.takeAll()) {
        produced += part.length;
        yield part;
      }
      if (produced > maxBytes) throw damaged(name, 'it unpacks to more than 1 TiB');
    }
    await member.close();
    yield* member.takeAll();
  } finally {
    await member.cancel();
  }
}

/** Cuts the file into small pieces, and before each place where a member may begin: 1f 8b 08 and sound flags. */
async function* pieces(chunks: AsyncIterable<Uint8Array<ArrayBuffer>>): AsyncGenerator<Piece> {
  let carried = new Uint8Array(0);
  let isCandidate = false;
  for await (const chunk of chunks) {
    const bytes = carried.length > 0 ? joined(carried, chunk) : chunk;
    // The last three bytes may be the begin of the magic number.
    const safe = Math.max(0, bytes.length - 3);
    let at = 0;
    while (at < safe) {
      const limit = Math.min(safe, at + pieceBytes);
      const candidate = nextCandidate(bytes, at + 1, limit);
      // A copy: chunks are valid until the next one, and Node's stream is not done with what was written by then.
      yield { bytes: bytes.slice(at, candidate), isCandidate };
      at = candidate;
      isCandidate = looksLikeMember(bytes, at);
    }
    carried = bytes.slice(at);
  }
  if (carried.length > 0) yield { bytes: carried, isCandidate };
}

const looksLikeMember = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x1f && bytes[at + 1] === 0x8b && bytes[at + 2] === 0x08 && (bytes[at + 3] ?? 0xff) < 0x20;

function nextCandidate(bytes: Uint8Array, from: number, limit: number): number {
  for (let at = bytes.indexOf(0x1f, from); at >= 0 && at < limit; at = bytes.indexOf(0x1f, at + 1))
    if (looksLikeMember(bytes, at)) return at;
  return limit;
}

/** One gzip member being unpacked. */
class Member {
  readonly #writer: WritableStreamDefaultWriter<BufferSource>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #pumped: Promise<void>;
  #ready: Uint8Array<ArrayBuffer>[] = [];
  #outBytes = 0;
  #tail = new Uint8Array(0);
  #isClosed = false;

  constructor(private readonly name: string) {
    const { writable, readable } = new DecompressionStream('gzip');
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
    // Failures are told once, by the write or close that they belong to.
    this.#writer.closed.catch(() => undefined);
    this.#pumped = this.#pump();
    this.#pumped.catch(() => undefined);
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#tail = joined(this.#tail, bytes.subarray(-4)).slice(-4);
    await this.#attempt(this.#writer.write(bytes));
  }

  /** Whether the member's last four bytes are the size of what came out, as they are at a member's end. */
  async seemsComplete(): Promise<boolean> {
    // Output may still be on its way to the reader.
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (this.#tail.length < 4) return false;
    return new DataView(this.#tail.buffer).getUint32(0, true) === this.#outBytes % 2 ** 32;
  }

  /** Ends the member; its checksum is verified by the platform. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#attempt(Promise.all([this.#writer.close(), this.#pumped]));
  }

  takeAll(): Uint8Array<ArrayBuffer>[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  /** Frees the stream when the reading ended early. */
  async cancel(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.allSettled([this.#writer.abort(), this.#reader.cancel()]);
  }

  async #pump(): Promise<void> {
    for (;;) {
      const { value } = await this.#reader.read();
      if (!value) return;
      this.#ready.push(value);
      this.#outBytes += value.length;
    }
  }

  async #attempt(work: Promise<unknown>): Promise<void> {
    try {
      // The reading side fails too, and in some browsers alone.
      await Promise.race([work, this.#pumped.then(() => work)]);
    } catch (cause) {
      throw damaged(this.name, 'whole gzip data is needed, this is cut off or damaged', cause);
    }
  }
}

function damaged(name: string, what: string, cause?: unknown): TunesmithError {
  return new TunesmithError('data/gzip-damaged', `${name}: ${what}; download or compress it again`, { cause });
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}
