/** A zip that somebody says is a run, read file by file; nothing in it is believed before it is checked. */
import type { FileEntry } from '@zip.js/zip.js';
import { TunesmithError } from '../../lib/errors';
import type { PiecedBytes } from '../../lib/pieced';
import { sha256 } from '../../lib/sha256';
import { Sha256 } from '../../lib/sha256Stream';
import { manifestName, manifestSchema, type Manifest } from './runArchive';

const mostManifestBytes = 4 << 20;
const mostEntries = 10_001;

export class RunZip {
  private constructor(
    private readonly name: string,
    private readonly entries: ReadonlyMap<string, FileEntry>,
    readonly files: Manifest['files'],
  ) {}

  /** Opens a zip and reads its manifest. Throws `run/bad-file`. */
  static async open(file: File): Promise<RunZip> {
    const entries = await entriesOf(file);
    const manifest = entries.get(manifestName);
    if (!manifest) throw badRunFile(file.name, `it holds no ${manifestName}`);
    const bytes = await extract(file.name, manifest, mostManifestBytes);
    const parsed = manifestSchema.safeParse(jsonOf(file.name, manifestName, bytes));
    if (!parsed.success)
      throw badRunFile(file.name, `its ${manifestName} is wrong: ${parsed.error.issues[0]?.message}`);
    const listed = new Set([manifestName, ...parsed.data.files.map(({ path }) => path)]);
    for (const path of entries.keys())
      if (!listed.has(path))
        throw badRunFile(file.name, `it holds ${path.slice(0, 100)}, which its manifest does not name`);
    for (const path of listed) if (!entries.has(path)) throw badRunFile(file.name, `${path} is missing`);
    return new RunZip(file.name, entries, parsed.data.files);
  }

  /** A file of the manifest, of the size and the SHA-256 that it states. Throws `run/bad-file`. */
  async bytes(path: string): Promise<Uint8Array> {
    const { entry, stated } = this.#find(path);
    const bytes = await extract(this.name, entry, stated.bytes);
    if (bytes.length !== stated.bytes || (await sha256(bytes)) !== stated.sha256) throw this.#otherFile(path);
    return bytes;
  }

  /** As {@link bytes}, for files that may be larger than the memory: what is wrong with one is thrown at its end at the latest. */
  pieces(path: string): PiecedBytes {
    const { entry, stated } = this.#find(path);
    if (entry.uncompressedSize !== stated.bytes) throw this.#otherFile(path);
    const checked = async function* (zip: RunZip): AsyncGenerator<Uint8Array, void> {
      const hash = new Sha256();
      for await (const piece of inflated(zip.name, entry)) {
        hash.update(piece);
        yield piece;
      }
      if (hash.hex() !== stated.sha256) throw zip.#otherFile(path);
    };
    return { sizeBytes: stated.bytes, pieces: () => checked(this) };
  }

  #find(path: string): { entry: FileEntry; stated: Manifest['files'][number] } {
    const stated = this.files.find((file) => file.path === path);
    const entry = this.entries.get(path);
    if (!stated || !entry) throw badRunFile(this.name, `${path} is missing`);
    return { entry, stated };
  }

  #otherFile(path: string): TunesmithError {
    return badRunFile(this.name, `${path} is not the file that its manifest names`);
  }

  /** A JSON file. Throws `run/bad-file`. */
  async json(path: string): Promise<unknown> {
    return jsonOf(this.name, path, await this.bytes(path));
  }
}

/** Error for a zip that is no sound run. */
export const badRunFile = (name: string, problem: string, cause?: unknown): TunesmithError =>
  new TunesmithError(
    'run/bad-file',
    `${name}: must be a run exported by Tunesmith, got: ${problem}; export it again where it was made`,
    { cause },
  );

/** The zip's files by their paths. Names that climb out, and tables of contents that can be read in two ways, are refused. */
async function entriesOf(file: File): Promise<Map<string, FileEntry>> {
  const { ZipReader, BlobReader, configure } = await import('@zip.js/zip.js/lib/zip-core-custom.js');
  configure({ useWebWorkers: false });
  const entries = new Map<string, FileEntry>();
  try {
    for await (const entry of new ZipReader(new BlobReader(file)).getEntriesGenerator()) {
      if (entry.directory) continue;
      if (entry.encrypted || entry.symlink) throw badRunFile(file.name, `${entry.filename} is encrypted or a link`);
      if (entries.has(entry.filename)) throw badRunFile(file.name, `${entry.filename} is in it twice`);
      entries.set(entry.filename, entry);
      if (entries.size > mostEntries) throw badRunFile(file.name, `it holds more than ${mostEntries} files`);
    }
  } catch (error) {
    throw translated(file.name, error);
  }
  return entries;
}

/** All bytes of an entry, checked against its CRC-32; never more than `most`, whatever it says. */
async function extract(name: string, entry: FileEntry, most: number): Promise<Uint8Array> {
  if (entry.uncompressedSize > most) throw badRunFile(name, `${entry.filename} is longer than ${most} bytes`);
  const bytes = new Uint8Array(entry.uncompressedSize);
  let at = 0;
  for await (const part of inflated(name, entry)) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** An entry's bytes as they are read, checked against its CRC-32; as many as it says, or an error. */
async function* inflated(name: string, entry: FileEntry): AsyncGenerator<Uint8Array, void> {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const reader = readable.getReader();
  const written = entry.getData(writable, { checkCrc32: true });
  // Told by the reader too, or of no interest to who reads no further.
  written.catch(() => undefined);
  let left = entry.uncompressedSize;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      left -= part.value.length;
      if (left < 0) throw badRunFile(name, `${entry.filename} is longer than it says`);
      yield part.value;
    }
    await written;
  } catch (error) {
    throw translated(name, error);
  } finally {
    reader.cancel().catch(() => undefined);
  }
  if (left > 0) throw badRunFile(name, `${entry.filename} is shorter than it says`);
}

function jsonOf(name: string, path: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw badRunFile(name, `${path} is no JSON`, error);
  }
}

function translated(name: string, error: unknown): unknown {
  if (error instanceof TunesmithError) return error;
  return badRunFile(name, error instanceof Error ? error.message : String(error), error);
}
