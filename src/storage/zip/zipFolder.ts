/** A model folder in a zip: stored files are read in place, deflated ones are inflated once. */
import type { FileEntry, Entry } from '@zip.js/zip.js';
import { TunesmithError } from '../../lib/errors';
import { sha256Hex } from '../../lib/sha256Stream';
import { modelRoot } from '../folder/folderRoot';
import { cancelled } from '../hub/locks';
import { holdUnzipped, removeUnzipped, unzippedNames, type UnzipEnvironment } from './unzipped';

type OnProgress = (loadedBytes: number, totalBytes: number) => void;

/** Deflate makes nothing smaller than by this factor (RFC 1951: 258 bytes in two bits, nearly): more is a lie. */
const mostRatio = 1032;
/** Tokenizers and settings, which are read whole. */
const mostTextBytes = 512 << 20;
const mostEntries = 20_000;
const stored = 0;
const deflated = 8;

export class ZipFolder {
  #entries: Promise<Map<string, FileEntry>> | null = null;
  readonly #zipId: string;

  constructor(
    private readonly environment: UnzipEnvironment,
    private readonly file: File,
    private readonly signal?: AbortSignal,
  ) {
    const facts = [file.name, file.size, file.lastModified].join('\n');
    this.#zipId = sha256Hex(new TextEncoder().encode(facts)).slice(0, 16);
  }

  /** A small file's bytes; null where the folder has no such file. */
  async bytes(name: string): Promise<Uint8Array | null> {
    const entry = await this.#entry(name);
    if (!entry) return null;
    if (entry.uncompressedSize > mostTextBytes)
      throw this.#bad(`${name} says that it is ${entry.uncompressedSize} bytes long, too much for a file of its kind`);
    const bytes = new Uint8Array(entry.uncompressedSize);
    await this.#extract(entry, (part, at) => bytes.set(part, at));
    return bytes;
  }

  /**
   * A large file, to be read in parts; null where the folder has no such file. Stored bytes are a view of the zip itself.
   * Throws `storage/quota`, `storage/none` where the inflated bytes can't be put.
   */
  async blob(name: string, onProgress: OnProgress = () => undefined): Promise<Blob | null> {
    const entry = await this.#entry(name);
    if (!entry) return null;
    return (await this.#inPlace(entry)) ?? (await this.#inflated(entry, onProgress));
  }

  async #entry(name: string): Promise<FileEntry | null> {
    if (this.signal?.aborted) throw cancelled();
    this.#entries ??= this.#open().catch((error: unknown) => {
      this.#entries = null;
      throw error;
    });
    return (await this.#entries).get(name) ?? null;
  }

  async #open(): Promise<Map<string, FileEntry>> {
    const { ZipReader, BlobReader, configure } = await import('@zip.js/zip.js/lib/zip-core-custom.js');
    configure({ useWebWorkers: false });
    const reader = new ZipReader(new BlobReader(this.file));
    const files: FileEntry[] = [];
    try {
      let count = 0;
      // Names that climb out of the folder, and tables of contents that can be read in two ways, are refused here.
      for await (const entry of reader.getEntriesGenerator()) {
        if (++count > mostEntries) throw this.#bad(`it holds more than ${mostEntries} files`);
        if (isFile(entry)) files.push(entry);
      }
    } catch (error) {
      throw this.#translated(error);
    }
    const root = modelRoot(files.map(({ filename }) => filename)) ?? '';
    const inside = new Map<string, FileEntry>();
    for (const entry of files) {
      const name = entry.filename.slice(root.length);
      if (!entry.filename.startsWith(root) || name.includes('/')) continue;
      if (inside.has(name)) throw this.#bad(`${entry.filename} is in it twice`);
      inside.set(name, entry);
    }
    return inside;
  }

  /** Checks that do not need the data. */
  #check(entry: FileEntry): void {
    const { filename, compressionMethod, compressedSize, uncompressedSize } = entry;
    if (entry.encrypted) throw this.#bad(`${filename} is encrypted`);
    if (entry.symlink) throw this.#bad(`${filename} is a link`);
    if (compressionMethod !== stored && compressionMethod !== deflated)
      throw this.#bad(`${filename} is compressed by method ${compressionMethod}, of which only deflate is read`);
    if (uncompressedSize > mostRatio * (compressedSize + 1))
      throw this.#bad(`${filename} says that ${compressedSize} bytes hold ${uncompressedSize}`);
  }

  /** Where a stored file's bytes lie in the zip; null when they are not there as such. */
  async #inPlace(entry: FileEntry): Promise<Blob | null> {
    this.#check(entry);
    if (entry.compressionMethod !== stored || entry.compressedSize !== entry.uncompressedSize) return null;
    // Local file header (APPNOTE 4.3.7): signature, …, length of the name at 26, of the extra field at 28.
    const header = new DataView(await this.file.slice(entry.offset, entry.offset + 30).arrayBuffer());
    if (header.byteLength < 30 || header.getUint32(0, true) !== 0x04034b50) return null;
    const start = entry.offset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
    const blob = this.file.slice(start, start + entry.uncompressedSize);
    if (blob.size !== entry.uncompressedSize) throw this.#bad(`${entry.filename} is cut off`);
    return blob;
  }

  /** Inflates a file into storage, where an earlier opening of the same zip has not done so. */
  async #inflated(entry: FileEntry, onProgress: OnProgress): Promise<Blob> {
    const { store, locks } = this.environment;
    const { filename, uncompressedSize, crc32 = 0 } = entry;
    const { bytes, ok } = unzippedNames(
      this.#zipId,
      sha256Hex(new TextEncoder().encode(`${filename}\n${uncompressedSize}\n${crc32}`)).slice(0, 16),
    );
    await holdUnzipped(this.environment, this.#zipId);
    const whole = async (): Promise<Blob | null> => {
      if (!(await store.file(ok))) return null;
      const blob = await store.file(bytes);
      return blob?.size === uncompressedSize ? blob : null;
    };
    const inflate = async (): Promise<Blob> => {
      const before = await whole();
      if (before) return before;
      await removeUnzipped(this.environment);
      await this.#checkRoom(uncompressedSize);
      const writer = await store.open(bytes);
      try {
        writer.truncate(0);
        await this.#extract(entry, (part, at) => {
          writer.write(part, at);
          onProgress(at + part.length, uncompressedSize);
        });
        writer.flush();
      } catch (error) {
        writer.close();
        await store.remove(bytes);
        throw error;
      }
      writer.close();
      (await store.open(ok)).close();
      const blob = await whole();
      if (!blob) throw this.#bad(`${filename} could not be kept`);
      return blob;
    };
    return locks.hold(`unzip/${bytes}`, 'exclusive', inflate, this.signal);
  }

  /** All bytes of a file, in order, checked against its length and CRC-32. Nothing is written beyond the length it states. */
  async #extract(entry: FileEntry, write: (part: Uint8Array, at: number) => void): Promise<void> {
    this.#check(entry);
    let at = 0;
    const sink = new WritableStream<Uint8Array>({
      write: (part) => {
        if (at + part.length > entry.uncompressedSize) throw this.#bad(`${entry.filename} is longer than it says`);
        write(part, at);
        at += part.length;
      },
    });
    try {
      await entry.getData(sink, { checkCrc32: true, ...(this.signal ? { signal: this.signal } : {}) });
    } catch (error) {
      throw this.#translated(error);
    }
    if (at !== entry.uncompressedSize) throw this.#bad(`${entry.filename} is shorter than it says`);
  }

  async #checkRoom(neededBytes: number): Promise<void> {
    const estimate = await this.environment.estimate();
    const freeBytes = estimate ? Math.max(0, estimate.quotaBytes - estimate.usedBytes) : Infinity;
    if (neededBytes <= freeBytes) return;
    throw new TunesmithError(
      'storage/quota',
      `${this.file.name}: needs ${Math.ceil(neededBytes / 1e6)} MB of storage to be unpacked, got ${Math.ceil(freeBytes / 1e6)} MB free; free disk space, or unpack it yourself and drop the folder`,
      { data: { neededBytes, freeBytes } },
    );
  }

  #translated(error: unknown): unknown {
    if (error instanceof TunesmithError) return error;
    if (this.signal?.aborted) return cancelled();
    return this.#bad(error instanceof Error ? error.message : String(error), error);
  }

  #bad(problem: string, cause?: unknown): TunesmithError {
    return new TunesmithError(
      'model/bad-zip',
      `${this.file.name}: must be a sound zip of a model folder, got: ${problem}; pack it again, or drop the folder itself`,
      { cause },
    );
  }
}

const isFile = (entry: Entry): entry is FileEntry => !entry.directory;
