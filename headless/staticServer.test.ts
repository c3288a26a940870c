import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRange, startStaticServer, type StaticServer } from './staticServer';

let folder = '';
let server: StaticServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tunesmith-serve-'));
  mkdirSync(join(folder, 'root/models'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(folder, 'root/index.html'), '<p>studio</p>');
  writeFileSync(join(folder, 'root/models/a b.wasm'), '0123456789');
  writeFileSync(join(folder, 'root/empty.json'), '');
  server = await startStaticServer({ root: join(folder, 'root'), base: '/studio/' });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A request whose path is sent as it is: fetch would tidy it. */
const rawStatus = (path: string, method = 'GET') =>
  new Promise<number>((done, fail) => {
    const { hostname, port } = new URL(server.url);
    request({ hostname, port, path, method }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on('error', fail)
      .end();
  });

describe('static server', () => {
  it('serves the index under the base, with types and isolation', async () => {
    const response = await fetch(server.url);
    expect(await response.text()).toBe('<p>studio</p>');
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    expect((await fetch(server.url.replace('/studio/', '/'))).url).toBe(server.url);
  });

  it('leaves isolation out when asked', async () => {
    const plain = await startStaticServer({ root: join(folder, 'root'), isolation: false });
    const response = await fetch(plain.url);
    expect(response.headers.get('cross-origin-opener-policy')).toBeNull();
    await plain.close();
  });

  it('serves byte ranges', async () => {
    const url = `${server.url}models/a%20b.wasm`;
    const whole = await fetch(url);
    expect(whole.headers.get('content-type')).toBe('application/wasm');
    expect(await whole.text()).toBe('0123456789');
    const part = await fetch(url, { headers: { Range: 'bytes=2-4' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 2-4/10', '234']);
    expect(await (await fetch(url, { headers: { Range: 'bytes=-3' } })).text()).toBe('789');
    expect((await fetch(url, { headers: { Range: 'bytes=10-' } })).status).toBe(416);
    expect((await fetch(`${server.url}empty.json`)).status).toBe(200);
  });

  it.each([
    '/studio/../secret.txt',
    '/studio/%2e%2e/secret.txt',
    '/studio/..%2fsecret.txt',
    '/studio//../../secret.txt',
    '/secret.txt',
    '/studio/none',
  ])('gives nothing at %s', async (path) => expect(await rawStatus(path)).toBe(404));

  it('refuses malformed paths and other methods', async () => {
    expect(await rawStatus('/studio/%')).toBe(400);
    expect(await rawStatus('/studio/a%00b')).toBe(400);
    expect(await rawStatus('/studio/index.html', 'POST')).toBe(405);
    expect(await rawStatus('/studio/index.html', 'HEAD')).toBe(200);
  });

  it('reads ranges as the RFC says', () => {
    expect(parseRange(undefined, 10)).toBeNull();
    expect(parseRange('bytes=0-', 10)).toEqual([0, 9]);
    expect(parseRange('bytes=-20', 10)).toEqual([0, 9]);
    expect(parseRange('bytes=3-100', 10)).toEqual([3, 9]);
    expect(parseRange('bytes=5-4', 10)).toBe('unsatisfiable');
    expect(parseRange('bytes=0-1,3-4', 10)).toBeNull();
    expect(parseRange('bytes=-', 10)).toBeNull();
  });
});
