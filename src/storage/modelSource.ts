import { TunesmithError } from '../lib/errors';
import type { HubSource, ModelSource } from '../protocol/model';
import { browserHub } from './hub/environment';
import { HubFolder, lost } from './hub/hubFolder';
import { cancelled } from './hub/locks';
import { urlParts } from './rangedUrl';
import { browserUnzip } from './zip/unzipped';
import { ZipFolder } from './zip/zipFolder';

/** Reading a model folder, wherever it is: beside the page, on a server, or dropped by the visitor. */
export interface ModelFolder {
  name: string;
  /** True when it is known which files there are: asking for one that is missing costs nothing and logs nothing. */
  local: boolean;
  /** Null where the folder has no such file. */
  readBytes(file: string, onProgress?: (loadedBytes: number, totalBytes: number) => void): Promise<Uint8Array | null>;
  readText(file: string): Promise<string | null>;
  /** Parsed JSON. Throws `model/bad-json`. */
  readJson(file: string): Promise<unknown>;
  /** A large file in parts. A file on a server that does not give parts is fetched whole, once. */
  ranged(file: string, onProgress?: (loadedBytes: number, totalBytes: number) => void): Promise<RangedFile | null>;
}

export interface RangedFile {
  sizeBytes: number;
  read(start: number, end: number): Promise<Uint8Array>;
}

export interface OpenOptions {
  /** Ends what is under way, and all later reading, with `model/cancelled`. */
  signal?: AbortSignal;
}

/**
 * Opens a model source. Nothing is read yet. Errors later: `model/download`, `model/bad-json`, `model/bad-zip`, and those
 * of hub/hubFolder.ts.
 */
export function openModelSource(source: ModelSource, options: OpenOptions = {}): ModelFolder {
  const reader = openReader(source, options);
  const readText = async (file: string): Promise<string | null> => {
    const bytes = await reader.readBytes(file);
    return bytes && new TextDecoder().decode(bytes);
  };
  return {
    name: source.name,
    local: source.kind !== 'url',
    readBytes: (file, onProgress) => reader.readBytes(file, onProgress),
    ranged: (file, onProgress) => reader.ranged(file, onProgress),
    readText,
    async readJson(file) {
      const text = await readText(file);
      if (text === null) return null;
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new TunesmithError('model/bad-json', `${file}: must be JSON; download the model folder again`, {
          path: file,
          cause,
        });
      }
    },
  };
}

type Reader = Pick<ModelFolder, 'readBytes' | 'ranged'>;
type OnBytes = (loadedBytes: number, totalBytes: number) => void;

function openReader(source: ModelSource, { signal }: OpenOptions): Reader {
  switch (source.kind) {
    case 'url':
      return urlReader(source.baseUrl, signal);
    case 'files':
      return fileReader(source.files, signal);
    case 'hub':
      return hubReader(source, signal);
    case 'zip':
      return zipReader(source.file, signal);
  }
}

/**
 * The source with all that has to be asked settled, so that who opens it later (another thread, without the token) means
 * the same files and needs no network for those that are there. Throws as the first read of the source would.
 */
export async function pinModelSource(source: ModelSource, { signal }: OpenOptions = {}): Promise<ModelSource> {
  if (source.kind !== 'hub') return source;
  return { ...source, commit: await new HubFolder(browserHub(), source, signal).commit() };
}

/** A repository of a hub; files are fetched when they are asked for, and kept. */
function hubReader(source: HubSource, signal: AbortSignal | undefined): Reader {
  const folder = new HubFolder(browserHub(), source, signal);
  const reading = (name: string): Reading => ({ signal, failed: (cause) => lost(source.repository, name, cause) });
  return {
    async readBytes(name) {
      const blob = await folder.blob(name);
      return blob && bytesOf(blob, reading(name));
    },
    async ranged(name, onProgress) {
      const blob = await folder.weights(name, onProgress);
      return blob && rangesOf(blob, reading(name));
    },
  };
}

function zipReader(file: File, signal: AbortSignal | undefined): Reader {
  const folder = new ZipFolder(browserUnzip(), file, signal);
  return {
    readBytes: (name) => folder.bytes(name),
    async ranged(name, onProgress) {
      const blob = await folder.blob(name, onProgress);
      return blob && rangesOf(blob, { signal, failed: (cause) => changed(file.name, cause) });
    },
  };
}

/** A dropped folder: files by the last part of their path. */
function fileReader(files: readonly File[], signal: AbortSignal | undefined): Reader {
  const find = (name: string): File | undefined => files.find((file) => file.name.split('/').at(-1) === name);
  const reading = (name: string): Reading => ({ signal, failed: (cause) => changed(name, cause) });
  return {
    async readBytes(name) {
      const file = find(name);
      return file ? bytesOf(file, reading(name)) : null;
    },
    ranged(name) {
      const file = find(name);
      return Promise.resolve(file ? rangesOf(file, reading(name)) : null);
    },
  };
}

interface Reading {
  signal: AbortSignal | undefined;
  /** What to throw where the bytes can't be read any more. */
  failed: (cause: unknown) => TunesmithError;
}

async function bytesOf(blob: Blob, { signal, failed }: Reading): Promise<Uint8Array> {
  if (signal?.aborted) throw cancelled();
  try {
    return new Uint8Array(await blob.arrayBuffer());
  } catch (cause) {
    throw failed(cause);
  }
}

const rangesOf = (blob: Blob, reading: Reading): RangedFile => ({
  sizeBytes: blob.size,
  read: (start, end) => bytesOf(blob.slice(start, end), reading),
});

const changed = (name: string, cause: unknown): TunesmithError =>
  new TunesmithError('model/unreadable', `${name}: was changed or removed since it was chosen; choose it again`, {
    path: name,
    cause,
  });

function urlReader(baseUrl: string, signal: AbortSignal | undefined): Reader {
  const addressOf = (name: string): string => new URL(name, new URL(baseUrl, globalThis.location?.href)).href;
  const fail = (url: string, what: string, cause?: unknown): never => {
    if (signal?.aborted)
      throw new TunesmithError('model/cancelled', 'model: loading was cancelled; load it again to use it', { cause });
    throw new TunesmithError('model/download', `${url}: ${what}; check the connection and try again`, {
      data: { url },
      cause,
    });
  };
  /** Null: the server has no such file (those of single-page programs answer an unknown path with a page). */
  const whole = async (url: string, response: Response, onProgress?: OnBytes): Promise<Uint8Array | null> => {
    if (response.status === 404 || response.headers.get('content-type')?.startsWith('text/html')) return null;
    if (!response.ok || !response.body) return fail(url, `the server answered ${response.status}`);
    try {
      return await collect(response, onProgress);
    } catch (cause) {
      return fail(url, 'the download broke off', cause);
    }
  };
  return {
    async readBytes(name, onProgress) {
      const url = addressOf(name);
      const response = await fetch(url, signal ? { signal } : {}).catch((cause: unknown) =>
        fail(url, 'could not be fetched', cause),
      );
      return whole(url, response, onProgress);
    },
    async ranged(name, onProgress) {
      const url = addressOf(name);
      const parts = await urlParts(url, signal).catch((cause: unknown) => fail(url, 'could not be fetched', cause));
      if (parts.kind === 'parts') {
        const { sizeBytes, read } = parts;
        return {
          sizeBytes,
          read: (start, end) => read(start, end).catch((cause: unknown) => fail(url, 'the download broke off', cause)),
        };
      }
      const bytes = await whole(url, parts.response, onProgress);
      return bytes && { sizeBytes: bytes.length, read: (start, end) => Promise.resolve(bytes.subarray(start, end)) };
    },
  };
}

/** The body in one array: written in place where the size is known, joined at the end where it is not (compressed transfers). */
async function collect(
  response: Response,
  onProgress?: (loadedBytes: number, totalBytes: number) => void,
): Promise<Uint8Array> {
  const encoded = response.headers.get('content-encoding');
  const total = encoded ? 0 : Number(response.headers.get('content-length') ?? 0);
  let bytes = new Uint8Array(total);
  let size = 0;
  const body = response.body as ReadableStream<Uint8Array>;
  const reader = body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (size + part.value.length > bytes.length) {
      const grown = new Uint8Array(Math.max(2 * bytes.length, size + part.value.length));
      grown.set(bytes.subarray(0, size));
      bytes = grown;
    }
    bytes.set(part.value, size);
    size += part.value.length;
    onProgress?.(size, total);
  }
  if (total > 0 && size < total) throw new Error(`got ${size} of ${total} bytes`);
  return bytes.subarray(0, size);
}
