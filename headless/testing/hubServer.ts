/**
 * A Hugging Face hub on this machine, for tests: listings, redirects of large files to another origin, ranges, ETags,
 * `X-Linked-*`, tokens, and faults to order. Files may be computed instead of stored, so that a gigabyte takes no disk.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { setTimeout } from 'node:timers/promises';
import { parseRange } from '../staticServer';

export interface HubFile {
  path: string;
  sizeBytes: number;
  /** The bytes `[start, end)`. */
  read(start: number, end: number): Uint8Array;
  /** Kept by Git LFS: listed with its SHA-256, and served from the other origin. */
  lfs: boolean;
  /** Default: computed. A wrong one makes the file one that does not hold what was promised. */
  sha256?: string;
}

export interface HubRepository {
  /** `org/name`. */
  name: string;
  commit: string;
  /** Branches and tags that stand at the commit. */
  revisions: string[];
  files: HubFile[];
  /** Who asks without this token is told that there is no such repository. */
  token?: string;
  /** Listed for everyone; files only with this token. */
  gatedToken?: string;
}

/** What goes wrong with the next requests whose path contains `path`. */
export interface Fault {
  path: string;
  /** Default: whichever of the two is asked first. */
  server?: HubRequest['server'];
  /** How many requests; default 1. */
  times?: number;
  /** Answered with this status instead. */
  status?: number;
  headers?: Record<string, string>;
  /** The connection is cut after so many bytes of the body. */
  cutAfter?: number;
  /** The body ends after so many bytes, and the reply says nothing of a length. */
  endAfter?: number;
  /** Nothing more is sent after so many bytes, and the connection stays. */
  stallAfter?: number;
  /** Ranges are ignored: the whole file with status 200. */
  noRanges?: boolean;
  /** One byte of the file, at this place, is another. */
  flip?: number;
}

export interface HubRequest {
  server: 'hub' | 'cdn';
  method: string;
  /** With its query. */
  path: string;
  range: string | null;
  authorization: string | null;
  status: number;
  /** Bytes of body sent. */
  sentBytes: number;
}

export interface HubServer {
  /** Address to give as the hub's endpoint. */
  endpoint: string;
  /** The origin that large files come from. */
  cdnOrigin: string;
  requests: HubRequest[];
  repositories: Map<string, HubRepository>;
  faults: Fault[];
  /** Bodies are sent no faster; 0: as fast as it goes. */
  bytesPerSecond: number;
  close(): Promise<void>;
}

/** A file with given bytes. */
export const fileOf = (path: string, content: Uint8Array | string, lfs = false): HubFile => {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { path, lfs, sizeBytes: bytes.length, read: (start, end) => bytes.subarray(start, end) };
};

/** A large file of reproducible bytes that are nowhere stored. */
export const generatedFile = (path: string, sizeBytes: number, sha256?: string): HubFile => ({
  path,
  lfs: true,
  sizeBytes,
  ...(sha256 === undefined ? {} : { sha256 }),
  read(start, end) {
    const bytes = new Uint8Array(end - start);
    for (let at = start; at < end; at++) bytes[at - start] = (Math.imul(at >>> 3, 2654435761) >>> ((at & 7) * 3)) & 255;
    return bytes;
  },
});

const chunkBytes = 64 << 10;

const hashFile = (file: HubFile, algorithm: 'sha256' | 'sha1', head = ''): string => {
  const hash = createHash(algorithm).update(head);
  for (let at = 0; at < file.sizeBytes; at += 1 << 20)
    hash.update(file.read(at, Math.min(file.sizeBytes, at + (1 << 20))));
  return hash.digest('hex');
};

const exposed =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash';

/** Starts the hub and the origin that its large files come from. */
export async function startHubServer(repositories: HubRepository[]): Promise<HubServer> {
  const hashes = new WeakMap<HubFile, { sha256: string; git: string }>();
  const hashesOf = (file: HubFile) => {
    const known = hashes.get(file);
    if (known) return known;
    const sha256 = file.lfs ? (file.sha256 ?? hashFile(file, 'sha256')) : '';
    const fresh = { sha256, git: file.lfs ? '0'.repeat(40) : hashFile(file, 'sha1', `blob ${file.sizeBytes}\0`) };
    hashes.set(file, fresh);
    return fresh;
  };

  const begin = (server: HubRequest['server'], request: IncomingMessage, response: ServerResponse): HubRequest => {
    const { method = 'GET', url: path = '/', headers } = request;
    const entry: HubRequest = {
      server,
      method,
      path,
      range: headers.range ?? null,
      authorization: headers.authorization ?? null,
      status: 0,
      sentBytes: 0,
    };
    if (method !== 'OPTIONS') hub.requests.push(entry);
    response.setHeader('Access-Control-Allow-Origin', headers.origin ?? '*');
    response.setHeader('Access-Control-Expose-Headers', exposed);
    response.setHeader('Vary', 'Origin');
    return entry;
  };
  const end = (entry: HubRequest, response: ServerResponse, status: number, body = ''): void => {
    entry.status = status;
    entry.sentBytes += body.length;
    response.writeHead(status).end(entry.method === 'HEAD' ? undefined : body);
  };
  const preflight = (response: ServerResponse): void => {
    response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, OPTIONS');
    response.setHeader('Access-Control-Allow-Headers', 'Authorization, Range');
    response.writeHead(200).end();
  };
  /** The next fault of a kind for a request, used up: another answer, or something wrong with the body. */
  const faultFor = ({ path, server }: HubRequest, kind: 'answer' | 'body'): Fault | null => {
    const fault = hub.faults.find(
      (each) =>
        path.includes(each.path) &&
        (each.times ?? 1) > 0 &&
        (each.server ?? server) === server &&
        (each.status !== undefined) === (kind === 'answer'),
    );
    if (!fault) return null;
    fault.times = (fault.times ?? 1) - 1;
    return fault;
  };
  const fail = (entry: HubRequest, response: ServerResponse, status: number, code: string, message: string): void => {
    if (code) response.setHeader('X-Error-Code', code);
    response.setHeader('X-Error-Message', message);
    response.setHeader('Content-Type', 'application/json');
    end(entry, response, status, JSON.stringify({ error: message }));
  };

  async function send(entry: HubRequest, response: ServerResponse, file: HubFile): Promise<void> {
    const fault = faultFor(entry, 'body');
    response.setHeader('Content-Type', file.path.endsWith('.json') ? 'application/json' : 'application/octet-stream');
    response.setHeader('Accept-Ranges', 'bytes');
    response.setHeader('ETag', `"${file.lfs ? hashesOf(file).sha256 : hashesOf(file).git}"`);
    const range = fault?.noRanges ? null : parseRange(entry.range ?? undefined, file.sizeBytes);
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${file.sizeBytes}`);
      return end(entry, response, 416);
    }
    const [first, last] = range ?? [0, file.sizeBytes - 1];
    if (fault?.endAfter === undefined) response.setHeader('Content-Length', last - first + 1);
    if (range) response.setHeader('Content-Range', `bytes ${first}-${last}/${file.sizeBytes}`);
    entry.status = range ? 206 : 200;
    response.writeHead(entry.status);
    if (entry.method === 'HEAD') return void response.end();
    const stop = Math.min(last + 1, first + (fault?.cutAfter ?? fault?.endAfter ?? fault?.stallAfter ?? Infinity));
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = first; at < stop; at += chunkBytes) {
        const bytes = file.read(at, Math.min(stop, at + chunkBytes)).slice();
        const flipped = (fault?.flip ?? -1) - at;
        if (flipped >= 0 && flipped < bytes.length) bytes[flipped]! ^= 1;
        entry.sentBytes += bytes.length;
        yield bytes;
        if (hub.bytesPerSecond > 0) await setTimeout((bytes.length / hub.bytesPerSecond) * 1000);
      }
    };
    await pipeline(body, response, { end: false });
    if (fault?.cutAfter !== undefined) response.destroy();
    else if (fault?.stallAfter === undefined) response.end();
  }

  const listing = (repository: HubRepository): string =>
    JSON.stringify({
      id: repository.name,
      sha: repository.commit,
      private: repository.token !== undefined,
      gated: repository.gatedToken === undefined ? false : 'manual',
      siblings: repository.files.map((file) => ({
        rfilename: file.path,
        size: file.sizeBytes,
        blobId: hashesOf(file).git,
        ...(file.lfs ? { lfs: { sha256: hashesOf(file).sha256, size: file.sizeBytes, pointerSize: 135 } } : {}),
      })),
    });

  async function answerHub(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = begin('hub', request, response);
    if (entry.method === 'OPTIONS') return preflight(response);
    const path = decodeURIComponent(new URL(entry.path, 'http://hub').pathname);
    const fault = faultFor(entry, 'answer');
    if (fault?.status !== undefined) {
      for (const [name, value] of Object.entries(fault.headers ?? {})) response.setHeader(name, value);
      return fail(entry, response, fault.status, '', 'ordered by the test');
    }
    const isApi = /^\/api\/models\/(.+?)\/revision\/(.+)$/.exec(path);
    const isFile = /^\/(?:api\/resolve-cache\/models\/)?(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(path);
    const [, name = '', revision = '', filePath = ''] = isApi ?? isFile ?? [];
    const repository = hub.repositories.get(name);
    const isKnownToken = [...hub.repositories.values()].some(({ token, gatedToken }) =>
      [token, gatedToken].some((each) => each !== undefined && entry.authorization === `Bearer ${each}`),
    );
    if (entry.authorization !== null && !isKnownToken)
      return fail(entry, response, 401, '', 'Invalid credentials in Authorization header');
    const may = (token: string | undefined): boolean =>
      token === undefined || entry.authorization === `Bearer ${token}`;
    if (!repository || !may(repository.token))
      return fail(entry, response, entry.authorization === null ? 401 : 404, 'RepoNotFound', 'Repository not found');
    if (revision !== repository.commit && !repository.revisions.includes(revision))
      return fail(entry, response, 404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
    response.setHeader('X-Repo-Commit', repository.commit);
    if (isApi) {
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      return end(entry, response, 200, listing(repository));
    }
    if (!may(repository.gatedToken)) {
      const status = entry.authorization === null ? 401 : 403;
      return fail(entry, response, status, 'GatedRepo', `Access to model ${name} is restricted.`);
    }
    const file = repository.files.find((each) => each.path === filePath);
    if (!file) return fail(entry, response, 404, 'EntryNotFound', 'Entry not found');
    if (path.startsWith('/api/resolve-cache/')) return send(entry, response, file);
    response.setHeader('X-Linked-Size', file.sizeBytes);
    response.setHeader('X-Linked-ETag', `"${file.lfs ? hashesOf(file).sha256 : hashesOf(file).git}"`);
    response.setHeader(
      'Location',
      file.lfs
        ? `${hub.cdnOrigin}/${name}/${repository.commit}/${file.path}?X-Amz-Signature=${hashesOf(file).sha256}`
        : `/api/resolve-cache/models/${name}/resolve/${repository.commit}/${file.path}`,
    );
    end(entry, response, file.lfs ? 302 : 307);
  }

  async function answerCdn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const entry = begin('cdn', request, response);
    if (entry.method === 'OPTIONS') return preflight(response);
    // As a signed address of a store does: a second way of proving who one is, is an error.
    if (entry.authorization !== null) return end(entry, response, 400, 'Only one auth mechanism allowed');
    const url = new URL(entry.path, 'http://cdn');
    const fault = faultFor(entry, 'answer');
    if (fault?.status !== undefined) return end(entry, response, fault.status);
    for (const repository of hub.repositories.values())
      for (const file of repository.files)
        if (
          decodeURIComponent(url.pathname) === `/${repository.name}/${repository.commit}/${file.path}` &&
          url.searchParams.get('X-Amz-Signature') === hashesOf(file).sha256
        )
          return send(entry, response, file);
    end(entry, response, 403);
  }

  const servers: Server[] = [];
  const listen = async (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) => {
    const server = createServer((request, response) => {
      answer(request, response).catch(() => response.destroy());
    });
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const hub: HubServer = {
    endpoint: await listen(answerHub),
    cdnOrigin: await listen(answerCdn),
    requests: [],
    repositories: new Map(repositories.map((each) => [each.name, each])),
    faults: [],
    bytesPerSecond: 0,
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
  return hub;
}
