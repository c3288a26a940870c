import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openModelSource } from './modelSource';

describe('a model folder on a server', () => {
  let server: Server;
  let baseUrl = '';
  /** 40 MiB, each byte the number of its MiB; and how it was asked for. */
  const large = new Uint8Array(40 * 2 ** 20).map((_, at) => at >> 20);
  const ranges: string[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/m/config.json') response.setHeader('content-length', 7).end('{"a":1}');
      else if (request.url === '/m/chunked.bin') {
        response.write(new Uint8Array(1000).fill(1));
        response.end(new Uint8Array(500).fill(2));
      } else if (request.url === '/m/broken.json') response.end('{');
      else if (request.url === '/m/page.json') response.setHeader('content-type', 'text/html').end('<html>');
      else if (request.url === '/m/cut.bin') {
        response.setHeader('content-length', 100);
        response.write('x');
        setTimeout(() => response.destroy(), 20);
      } else if (request.url === '/m/refused.bin') response.writeHead(503).end();
      else if (request.url === '/m/parts.bin') {
        ranges.push(request.headers.range ?? 'none');
        const [, from = '0', to = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
        const end = Math.min(Number(to) + 1, large.length);
        response.writeHead(206, { 'content-range': `bytes ${from}-${end - 1}/${large.length}` });
        response.end(large.subarray(Number(from), end));
      } else if (request.url === '/m/empty.bin') {
        if (request.headers.range) response.writeHead(416, { 'content-range': 'bytes */0' }).end();
        else response.end();
      } else if (request.url === '/m/partOfPage.bin')
        response.writeHead(206, { 'content-type': 'text/html', 'content-range': 'bytes 0-5/6' }).end('<html>');
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/m/`;
  });
  afterAll(() => void server.close());
  const folder = () => openModelSource({ kind: 'url', baseUrl, name: 'm' });

  test('files, with and without a known size; progress', async () => {
    expect(await folder().readJson('config.json')).toEqual({ a: 1 });
    const seen: [number, number][] = [];
    const file = await folder().ranged('chunked.bin', (...progress) => seen.push(progress));
    expect(file?.sizeBytes).toBe(1500);
    expect(await file?.read(999, 1002)).toEqual(Uint8Array.of(1, 2, 2));
    expect(seen.at(-1)).toEqual([1500, 0]);
  });

  test('a large file in windows of 16 MiB, one after the other, however small what is read', async () => {
    const file = await folder().ranged('parts.bin');
    expect(file?.sizeBytes).toBe(large.length);
    for (let at = 0; at < large.length; at += 3 * 2 ** 20) {
      const end = Math.min(at + 2 ** 21, large.length);
      expect(Buffer.compare((await file?.read(at, end)) ?? new Uint8Array(), large.subarray(at, end))).toBe(0);
    }
    expect(ranges).toEqual(['bytes=0-16777215', 'bytes=15728640-32505855', 'bytes=31457280-41943039']);
    expect(await (await folder().ranged('empty.bin'))?.read(0, 0)).toHaveLength(0);
  });

  test('reading ends where loading is cancelled', async () => {
    const abort = new AbortController();
    const cancelled = openModelSource({ kind: 'url', baseUrl, name: 'm' }, { signal: abort.signal });
    const file = await cancelled.ranged('parts.bin');
    abort.abort();
    await expect(file?.read(20 * 2 ** 20, 21 * 2 ** 20)).rejects.toMatchObject({ code: 'model/cancelled' });
    await expect(cancelled.readBytes('config.json')).rejects.toMatchObject({ code: 'model/cancelled' });
  });

  test('what is not there is null: 404, or a page in its place', async () => {
    expect(await folder().readBytes('none.bin')).toBeNull();
    expect(await folder().readJson('page.json')).toBeNull();
    expect(await folder().ranged('page.json')).toBeNull();
    expect(await folder().ranged('partOfPage.bin')).toBeNull();
  });

  test('failures have names', async () => {
    await expect(folder().readBytes('cut.bin')).rejects.toMatchObject({ code: 'model/download' });
    await expect(folder().readBytes('refused.bin')).rejects.toMatchObject({ code: 'model/download' });
    await expect(folder().readJson('broken.json')).rejects.toMatchObject({ code: 'model/bad-json' });
    const nowhere = openModelSource({ kind: 'url', baseUrl: 'http://127.0.0.1:1/', name: 'm' });
    await expect(nowhere.readBytes('a')).rejects.toMatchObject({ code: 'model/download' });
  });
});

test('dropped files, by the last part of their path', async () => {
  const folder = openModelSource({
    kind: 'files',
    files: [new File(['{"b":2}'], 'some/folder/config.json'), new File(['abc'], 'w.bin')],
    name: 'm',
  });
  expect(await folder.readJson('config.json')).toEqual({ b: 2 });
  expect(await folder.readText('none')).toBeNull();
  expect(await (await folder.ranged('w.bin'))?.read(1, 3)).toEqual(Uint8Array.of(98, 99));
});

test('dropped files that changed on disk, or whose loading was cancelled, say so', async () => {
  const gone = new File(['abc'], 'w.bin');
  const slice = { arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) } as Blob;
  gone.slice = () => slice;
  const file = await openModelSource({ kind: 'files', files: [gone], name: 'm' }).ranged('w.bin');
  await expect(file?.read(0, 1)).rejects.toMatchObject({ code: 'model/unreadable' });
  const source = { kind: 'files', files: [new File(['abc'], 'w.bin')], name: 'm' } as const;
  const stopped = openModelSource({ ...source, files: [...source.files] }, { signal: AbortSignal.abort() });
  await expect((await stopped.ranged('w.bin'))?.read(0, 1)).rejects.toMatchObject({ code: 'model/cancelled' });
});
