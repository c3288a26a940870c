/** One file of a repository into the store: in pieces, several at a time, going on where an earlier try was cut. */
import { TunesmithError } from '../../lib/errors';
import { Journal, journalName, okName, removeBlob, wholeBlob, type Piece } from './blobs';
import type { HubEnvironment } from './environment';
import { fileUrl } from './hubAddress';
import { hubGet, type HubReply, type RepositoryPlace } from './hubRequest';
import { inLanes } from './inLanes';
import type { RemoteFile } from './listRepository';
import { cancelled } from './locks';
import { PrefixHash } from './prefixHash';
import { Patience, Transient, withPatience } from './retry';
import type { StoreWriter } from './store';

/** Requests under way for one file. */
const connections = 4;
const hashedAtATime = 16 << 20;

export interface DownloadOptions {
  signal?: AbortSignal | undefined;
  /** Bytes of this file on disk so far. They shrink when a file had to begin anew. */
  onBytes?: (doneBytes: number) => void;
}

/**
 * Makes sure that a file is in the store, whole and with the hub's hash; who asks second, in whatever tab or worker,
 * waits for the first. A file with another hash is thrown away and fetched once more.
 * Throws `model/hash`, `model/cancelled`, `storage/quota`, `storage/none`, and what `hubGet` throws.
 */
export function downloadFile(
  environment: HubEnvironment,
  place: RepositoryPlace & { commit: string },
  file: RemoteFile,
  options: DownloadOptions = {},
): Promise<void> {
  const { store, locks } = environment;
  return locks.hold(
    `blob/${file.hash}`,
    'exclusive',
    async () => {
      if (!(await wholeBlob(store, file))) {
        const first = await fetchAndHash(environment, place, file, options);
        const got = first === file.hash ? first : await fetchAndHash(environment, place, file, options);
        if (got !== file.hash) throw wrongHash(place, file, got);
        (await store.open(okName(file))).close();
        await store.remove(journalName(file));
      }
      options.onBytes?.(file.sizeBytes);
    },
    options.signal,
  );
}

const wrongHash = ({ repository, endpoint }: RepositoryPlace, file: RemoteFile, got: string): TunesmithError =>
  new TunesmithError(
    'model/hash',
    `${repository}, ${file.path}: must have the hash ${file.hash}, got ${got} twice; the file was changed on the way or at ${endpoint}, try another hub`,
    { path: file.path, data: { repository, expected: file.hash, got } },
  );

/** Fetches what is missing; the hash of the result. A result with another hash than the file's is removed. */
async function fetchAndHash(
  environment: HubEnvironment,
  place: RepositoryPlace & { commit: string },
  file: RemoteFile,
  options: DownloadOptions,
): Promise<string> {
  const { store } = environment;
  const bytes = await store.open(file.hash);
  let hash: string;
  try {
    const log = await store.open(journalName(file));
    try {
      const journal = new Journal(log, file, bytes.sizeBytes(), environment.pieceBytes);
      options.onBytes?.(journal.doneBytes);
      const prefix = await PrefixHash.of(file, bytes, journal);
      // Somewhat more than a piece brings, so that it catches up with what an earlier visit left.
      const onPiece = (): void => void prefix.advance(2 * environment.pieceBytes);
      await new FileFetch(environment, place, file, bytes, journal, onPiece, options).run();
      bytes.truncate(file.sizeBytes);
      bytes.flush();
      while (!prefix.advance(hashedAtATime)) {
        // Lets the message arrive that cancels this.
        await new Promise((done) => setTimeout(done));
        if (options.signal?.aborted) throw cancelled();
      }
      hash = prefix.hex();
    } finally {
      log.close();
    }
  } finally {
    bytes.close();
  }
  if (hash !== file.hash) await removeBlob(store, file);
  return hash;
}

/** The server answered a request for a part with the whole file. */
class RangeIgnored extends Error {}

class FileFetch {
  readonly #url: string;
  readonly #what: string;

  constructor(
    private readonly environment: HubEnvironment,
    private readonly place: RepositoryPlace & { commit: string },
    private readonly file: RemoteFile,
    private readonly bytes: StoreWriter,
    private readonly journal: Journal,
    private readonly onPiece: () => void,
    private readonly options: DownloadOptions,
  ) {
    this.#url = fileUrl(place.endpoint, place.repository, place.commit, file.path);
    this.#what = file.path;
  }

  async run(): Promise<void> {
    try {
      await this.#inPieces();
    } catch (error) {
      if (!(error instanceof RangeIgnored)) throw error;
      await withPatience(new Patience(this.environment.clock, this.options.signal), () => this.#inOneGo());
    }
  }

  /** Unfinished pieces by several requests at a time. */
  #inPieces(): Promise<void> {
    const open = this.journal.pieces.filter(({ doneBytes, sizeBytes }) => doneBytes < sizeBytes);
    return inLanes(open, connections, this.options.signal, async (piece, signal) => {
      await this.#piece(piece, signal);
      this.onPiece();
    });
  }

  #piece(piece: Piece, signal: AbortSignal): Promise<void> {
    const patience = new Patience(this.environment.clock, signal);
    return withPatience(patience, async () => {
      const from = piece.start + piece.doneBytes;
      const end = piece.start + piece.sizeBytes;
      const isWhole = from === 0 && end === this.file.sizeBytes;
      const range = isWhole ? {} : { range: `bytes=${from}-${end - 1}` };
      const reply = await hubGet(this.environment, this.place, this.#url, this.#what, { ...range, signal });
      if (!isWhole) this.#checkRange(reply, from, end);
      for await (const part of reply.parts()) {
        const room = piece.sizeBytes - piece.doneBytes;
        this.#keep(piece, part.length > room ? part.subarray(0, room) : part);
        patience.progressed();
        if (part.length > room) {
          if (isWhole) throw this.#wrongSize('more');
          break;
        }
      }
      if (piece.doneBytes < piece.sizeBytes) throw new Transient(this.#wrongSize('fewer'));
    });
  }

  /** From a server without ranges: the file from its first byte, and again from there when it is cut. */
  async #inOneGo(): Promise<void> {
    this.journal.restart();
    const { signal } = this.options;
    const reply = await hubGet(this.environment, this.place, this.#url, this.#what, { signal });
    let at = 0;
    for await (const part of reply.parts()) {
      if (at + part.length > this.file.sizeBytes) throw this.#wrongSize('more');
      for (let taken = 0; taken < part.length;) {
        const piece = this.journal.pieces.find(({ doneBytes, sizeBytes }) => doneBytes < sizeBytes);
        if (!piece) break;
        const next = part.subarray(taken, taken + piece.sizeBytes - piece.doneBytes);
        this.#keep(piece, next);
        taken += next.length;
      }
      at += part.length;
    }
    if (at < this.file.sizeBytes) throw new Transient(this.#wrongSize('fewer'));
  }

  #keep(piece: Piece, part: Uint8Array): void {
    this.bytes.write(part, piece.start + piece.doneBytes);
    this.journal.advance(piece, part.length);
    this.options.onBytes?.(this.journal.doneBytes);
  }

  #checkRange(reply: HubReply, from: number, end: number): void {
    const { response } = reply;
    if (response.status !== 206) {
      reply.abandon();
      throw new RangeIgnored();
    }
    // Where a mirror does not let the page read this header, the hash finds out.
    const given = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    if (!given) return;
    const [first, last, total] = [Number(given[1]), Number(given[2]), given[3]];
    if (first === from && last === end - 1 && (total === '*' || Number(total) === this.file.sizeBytes)) return;
    reply.abandon();
    throw this.#wrongSize(`bytes ${given[1]}-${given[2]} of ${total}`);
  }

  #wrongSize(got: string): TunesmithError {
    const { path, sizeBytes } = this.file;
    return new TunesmithError(
      'model/download',
      `${this.place.repository}, ${path}: must be ${sizeBytes} bytes long, got ${got}; try again, or another hub`,
      { path },
    );
  }
}
