/** What a revision of a repository is: its commit, and the files that a model folder needs, with sizes and hashes. */
import { TunesmithError } from '../../lib/errors';
import type { HubEnvironment } from './environment';
import { isCommit, listingUrl } from './hubAddress';
import { hubGet, type RepositoryPlace } from './hubRequest';
import { Patience, withPatience } from './retry';

export interface RemoteFile {
  path: string;
  sizeBytes: number;
  /** `sha256`: of the content (Git LFS, Xet). `git`: SHA-1 of git's blob, header included. */
  algorithm: 'sha256' | 'git';
  /** Hexadecimal. */
  hash: string;
}

export interface Listing {
  commit: string;
  files: RemoteFile[];
}

/** More would be no answer to this question. */
const mostListingBytes = 32 << 20;
const maxFileBytes = 2 ** 40;

/**
 * Lists a revision in one request (`/api/models/{repository}/revision/{revision}?blobs=true`), so that commit and files
 * belong together. Throws what `hubGet` throws, `model/bad-listing`, `model/no-safetensors`.
 */
export async function listRepository(
  environment: HubEnvironment,
  place: RepositoryPlace,
  options: { attempts?: number; signal?: AbortSignal | undefined } = {},
): Promise<Listing> {
  const url = listingUrl(place.endpoint, place.repository, place.revision);
  const patience = new Patience(environment.clock, options.signal, options.attempts);
  const text = await withPatience(patience, async () => {
    const reply = await hubGet(environment, place, url, 'list of files', { signal: options.signal });
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of reply.parts()) {
      parts.push(part);
      size += part.length;
      if (size > mostListingBytes) throw badListing(place, `is longer than ${mostListingBytes} bytes`);
    }
    return new Blob(parts as BlobPart[]).text();
  });
  let listing: unknown;
  try {
    listing = JSON.parse(text);
  } catch {
    throw badListing(place, 'is no JSON');
  }
  return readListing(listing, place);
}

const badListing = ({ endpoint, repository }: RepositoryPlace, problem: string): TunesmithError =>
  new TunesmithError(
    'model/bad-listing',
    `${repository}: the list of files from ${endpoint} ${problem}; check the hub's address`,
    { data: { endpoint, repository } },
  );

/** Checks a listing and keeps the files of a model folder. */
export function readListing(value: unknown, place: RepositoryPlace): Listing {
  const { sha, siblings } = (value ?? {}) as { sha?: unknown; siblings?: unknown };
  if (typeof sha !== 'string' || !isCommit(sha)) throw badListing(place, 'names no commit');
  if (!Array.isArray(siblings)) throw badListing(place, 'holds no files');
  const paths = (siblings as unknown[]).map((each) => (each as { rfilename?: unknown } | null)?.rfilename);
  const wanted = modelFiles([...new Set(paths.filter((path) => typeof path === 'string'))]);
  if (!wanted.some((path) => path.endsWith('.safetensors')))
    throw new TunesmithError(
      'model/no-safetensors',
      `${place.repository}: needs model.safetensors or its shards, got ${otherWeights(paths)}; choose the repository with the original weights`,
      { data: { repository: place.repository } },
    );
  if (isCommit(place.revision) && sha !== place.revision) throw badListing(place, 'is of another commit');
  const places = new Map(paths.map((path, index) => [path, index]).reverse() as [unknown, number][]);
  const files = wanted.map((path) => readFile(siblings[places.get(path) ?? 0], path, place));
  return { commit: sha, files };
}

function readFile(value: unknown, path: string, place: RepositoryPlace): RemoteFile {
  const { size, blobId, lfs } = value as { size?: unknown; blobId?: unknown; lfs?: { sha256?: unknown } | null };
  if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > maxFileBytes)
    throw badListing(place, `gives no size of ${path}`);
  const sizeBytes = size as number;
  const sha256 = lfs?.sha256;
  if (typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256))
    return { path, sizeBytes, algorithm: 'sha256', hash: sha256 };
  if (!lfs && typeof blobId === 'string' && /^[0-9a-f]{40}$/.test(blobId))
    return { path, sizeBytes, algorithm: 'git', hash: blobId };
  throw badListing(place, `gives no hash of ${path}`);
}

const folderFiles = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
]);
const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

/**
 * Those of a repository's files that make up a model folder: at its top, and weights as safetensors only, the one file
 * where there is one, else the shards. Never pickles, ONNX or GGUF.
 */
export function modelFiles(paths: readonly string[]): string[] {
  const top = paths.filter((path) => !path.includes('/') && !path.includes('\\'));
  const files = top.filter((path) => folderFiles.has(path));
  if (top.includes(single)) return [...files, single];
  const weights = top.filter((path) => path.endsWith('.safetensors'));
  const shards = weights.filter((path) => /-\d{5}-of-\d{5}\.safetensors$/.test(path));
  return [...files, ...top.filter((path) => path === index), ...(shards.length > 0 ? shards : weights)];
}

const otherWeights = (paths: readonly unknown[]): string => {
  const endings = ['.gguf', '.bin', '.pth', '.pt', '.onnx', '.ckpt'];
  const found = endings.filter((ending) => paths.some((path) => typeof path === 'string' && path.endsWith(ending)));
  return found.length > 0 ? `${found.join(', ')} only` : 'no weights';
};
