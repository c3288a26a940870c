/** One window of a file on a server, kept until another is needed: tensors are read one after the other. */
const windowBytes = 16 * 2 ** 20;

/** How a server answers for a file: in parts, whole all the same, or not at all. */
export type UrlParts =
  | { kind: 'parts'; sizeBytes: number; read: (start: number, end: number) => Promise<Uint8Array> }
  | { kind: 'whole'; response: Response };

/**
 * Asks for the first part of a file. A server that knows ranges (RFC 9110, 14) gives it, and the rest follows part by part, so
 * that a large file is never held whole; for a small one there is one request. One that does not answers with all of it.
 * Network errors are those of `fetch`; an answer that is no part of the same file is a plain Error.
 */
export async function urlParts(url: string, signal?: AbortSignal): Promise<UrlParts> {
  const ask = (start: number, end: number): Promise<Response> =>
    fetch(url, { headers: { Range: `bytes=${start}-${end - 1}` }, ...(signal ? { signal } : {}) });
  const first = await ask(0, windowBytes);
  const sizeBytes = totalOf(first);
  if (sizeBytes === null) return { kind: 'whole', response: wantsAnother(first) ? await fetch(url) : first };
  let held = { start: 0, bytes: new Uint8Array(await first.arrayBuffer()) };
  return {
    kind: 'parts',
    sizeBytes,
    async read(start, end) {
      if (start < held.start || end > held.start + held.bytes.length) {
        const to = Math.min(sizeBytes, Math.max(end, start + windowBytes));
        const answer = await ask(start, to);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        if (totalOf(answer) !== sizeBytes || bytes.length !== to - start)
          throw new Error(`asked for bytes ${start} to ${to}, got status ${answer.status} and ${bytes.length} bytes`);
        held = { start, bytes };
      }
      return held.bytes.subarray(start - held.start, end - held.start);
    },
  };
}

/** An answer that is a part nobody can use, or none because the file is empty. */
const wantsAnother = ({ status }: Response): boolean => status === 206 || status === 416;

/** Bytes of the whole file, by the answer to a request for a part; null where it is no such answer, a packed one, or a page. */
function totalOf({ status, headers }: Response): number | null {
  const total = /^bytes \d+-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  const isPacked = (headers.get('content-encoding') ?? 'identity') !== 'identity';
  const isPage = headers.get('content-type')?.startsWith('text/html') ?? false;
  return status === 206 && total !== undefined && !isPacked && !isPage ? Number(total) : null;
}
