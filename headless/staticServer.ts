import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const mimeTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/markdown; charset=utf-8',
  '.jinja': 'text/plain; charset=utf-8',
};

/** What a path prefix (relative to the base, ending in a slash) answers with, besides the folder itself. */
export type Handler = (rest: string, request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface StaticServerOptions {
  root: string;
  /** Path the folder appears under; begins and ends in a slash. */
  base?: string;
  host?: string;
  /** 0 takes a free one. */
  port?: number;
  /** Cross-origin isolation headers, which WASM threads need. Default true. */
  isolation?: boolean;
  handlers?: Map<string, Handler>;
}

export interface StaticServer {
  /** Address of the folder's index; ends in a slash. */
  url: string;
  close(): Promise<void>;
}

/** Serves a folder (and nothing above it) over HTTP, with byte ranges. */
export async function startStaticServer(options: StaticServerOptions): Promise<StaticServer> {
  const {
    root,
    base = '/',
    host = '127.0.0.1',
    port = 0,
    isolation = true,
    handlers = new Map<string, Handler>(),
  } = options;
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
    if (isolation) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    const path = decodedPath(request.url ?? '/');
    if (path === null) return refuse(response, 400);
    if (!path.startsWith(base)) {
      if (path !== '/' && `${path}/` !== base) return refuse(response, 404);
      response.writeHead(302, { Location: base }).end();
      return;
    }
    const rest = path.slice(base.length);
    for (const [prefix, handler] of handlers)
      if (rest.startsWith(prefix)) return handler(rest.slice(prefix.length), request, response);
    await sendFile(root, rest, request, response);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A visitor who left is no error; anything else is answered once.
      if (response.headersSent) response.destroy();
      else refuse(response, 500);
      if (!isDisconnect(error)) process.stderr.write(`serve: ${String(error)}\n`);
    });
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, host, done);
  });
  const address = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return {
    url: `http://${shown}:${address.port}${base}`,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** A handler that serves another folder under its prefix. */
export const folderHandler =
  (root: string): Handler =>
  (rest, request, response) =>
    sendFile(root, rest, request, response);

/** A handler that serves one file, whatever name it is asked by. */
export const fileHandler =
  (path: string): Handler =>
  (_rest, request, response) =>
    sendFile(dirname(path), basename(path), request, response);

function decodedPath(url: string): string | null {
  try {
    const path = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '/');
    return path.includes('\0') ? null : path;
  } catch {
    return null;
  }
}

const refuse = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'Content-Type': 'text/plain' }).end(`${status}\n`);
};

const isDisconnect = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  ['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'].includes(String(error.code));

async function sendFile(root: string, rest: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  const folder = resolve(root);
  let file = resolve(folder, `.${sep}${rest}`);
  // Links inside the folder are followed (Hugging Face's cache is made of them); names that climb out of it are not.
  if (file !== folder && !file.startsWith(folder + sep)) return refuse(response, 404);
  let facts = await stat(file).catch(() => null);
  if (facts?.isDirectory()) {
    file = join(file, 'index.html');
    facts = await stat(file).catch(() => null);
  }
  if (!facts?.isFile()) return refuse(response, 404);

  response.setHeader('Content-Type', mimeTypes[extname(file).toLowerCase()] ?? 'application/octet-stream');
  response.setHeader('Accept-Ranges', 'bytes');
  response.setHeader('Cache-Control', 'no-cache');
  const tag = `"${facts.size.toString(16)}-${Math.trunc(facts.mtimeMs).toString(16)}"`;
  response.setHeader('ETag', tag);
  const range = parseRange(request.headers.range, facts.size);
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${facts.size}` }).end();
    return;
  }
  if (!range && request.headers['if-none-match'] === tag) {
    response.writeHead(304).end();
    return;
  }
  const [from, to] = range ?? [0, facts.size - 1];
  response.setHeader('Content-Length', to - from + 1);
  if (range) response.writeHead(206, { 'Content-Range': `bytes ${from}-${to}/${facts.size}` });
  else response.writeHead(200);
  if (request.method === 'HEAD' || facts.size === 0) {
    response.end();
    return;
  }
  await pipeline(createReadStream(file, { start: from, end: to }), response);
}

/** One byte range (RFC 9110, 14.1.2) as inclusive offsets; null for none, or for a form that is answered in full. */
export function parseRange(header: string | undefined, size: number): [number, number] | 'unsatisfiable' | null {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return null;
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return first > last || first >= size ? 'unsatisfiable' : [first, last];
}
