import { afterEach, describe, expect, test } from 'vitest';
import { generatedFile, type Fault, type HubRepository, type HubServer } from '../../../headless/testing/hubServer';
import { cachedBytes, deleteCachedModel, listCachedModels } from '../modelCache';
import { HubFolder } from './hubFolder';
import { setHubToken } from './hubToken';
import {
  commit,
  modelBytes,
  modelRepository,
  pieceBytes,
  sourceOf,
  startHub,
  testEnvironment,
  weightBytes,
} from './testing/hubFixture';

let hub: HubServer;
const start = async (repository: Partial<HubRepository> = {}): Promise<HubServer> => (hub = await startHub(repository));
afterEach(async () => {
  setHubToken(hub.endpoint, null);
  await hub.close();
});

const sent = (path = ''): number =>
  hub.requests.filter((each) => each.path.includes(path)).reduce((sum, { sentBytes }) => sum + sentBytes, 0);
const weightsOf = async (blob: Blob | null): Promise<boolean> => {
  const expected = generatedFile('', weightBytes).read(0, weightBytes);
  return blob !== null && Buffer.from(expected).equals(Buffer.from(await blob.arrayBuffer()));
};

describe('a download', () => {
  test('fetches what a model folder needs, and only that, in pieces from the other origin', async () => {
    await start();
    const environment = testEnvironment();
    const folder = new HubFolder(environment, sourceOf(hub));
    expect(await (await folder.blob('config.json'))?.text()).toBe('{"model_type":"qwen2"}');
    expect(await folder.blob('generation_config.json')).toBeNull();
    expect(await folder.blob('README.md')).toBeNull();
    const progress: [number, number][] = [];
    const weights = await folder.weights('model.safetensors', (...seen) => progress.push(seen));
    expect(await weightsOf(weights)).toBe(true);
    expect(progress.at(-1)).toEqual([modelBytes, modelBytes]);
    expect(progress.every(([done], index) => index === 0 || done >= progress[index - 1]![0])).toBe(true);
    const pieces = hub.requests.filter(({ server, path }) => server === 'cdn' && path.includes('model.safetensors'));
    expect(pieces.map(({ range, status }) => [range, status]).sort()).toEqual([
      [`bytes=0-${pieceBytes - 1}`, 206],
      [`bytes=${pieceBytes}-${pieceBytes * 2 - 1}`, 206],
      [`bytes=${pieceBytes * 2}-${weightBytes - 1}`, 206],
    ]);
    expect(hub.requests.some(({ path }) => /README|\.bin|onnx/.test(path))).toBe(false);
    expect(await folder.commit()).toBe(commit);
  });

  test('a second visit asks for the commit only; a known commit asks nothing; a fresh answer is not asked again', async () => {
    await start();
    const environment = testEnvironment();
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    const count = hub.requests.length;
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    await new HubFolder(environment, sourceOf(hub, { commit })).weights('model.safetensors');
    expect(hub.requests.length).toBe(count);
    environment.clock.time += 3_600_000;
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    expect(hub.requests.slice(count).map(({ path }) => path)).toEqual([
      '/api/models/org/model/revision/main?blobs=true',
    ]);
  });

  test('cancelled in the middle, it goes on from there in another visit', async () => {
    await start();
    hub.bytesPerSecond = 4e6;
    const environment = testEnvironment();
    const stop = new AbortController();
    const first = new HubFolder(environment, sourceOf(hub), stop.signal).weights('model.safetensors', (done) => {
      if (done > modelBytes / 2) stop.abort();
    });
    await expect(first).rejects.toMatchObject({ code: 'model/cancelled' });
    const [kept] = await listCachedModels(environment);
    expect(kept).toMatchObject({ complete: false, repository: 'org/model', totalBytes: modelBytes });
    expect(kept!.bytes).toBeGreaterThan(modelBytes / 2);
    expect(kept!.files).not.toContain('model.safetensors');
    hub.bytesPerSecond = 0;
    hub.requests.length = 0;
    const second = await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    expect(await weightsOf(second)).toBe(true);
    expect(sent('/model.safetensors')).toBe(modelBytes - kept!.bytes);
    expect(await listCachedModels(environment)).toMatchObject([{ complete: true, bytes: modelBytes }]);
  });

  test('two readers at once download once', async () => {
    await start();
    const environment = testEnvironment();
    const open = () => new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    const both = await Promise.all([open(), open()]);
    expect(await Promise.all(both.map(weightsOf))).toEqual([true, true]);
    expect(sent('model.safetensors')).toBe(weightBytes);
    expect(hub.requests.filter(({ path }) => path.startsWith('/api/models')).length).toBe(1);
  });

  test('shards by their index, whatever else lies there', async () => {
    await start({
      files: [
        generatedFile('model-00001-of-00002.safetensors', 1000),
        generatedFile('model-00002-of-00002.safetensors', 2000),
        generatedFile('consolidated.safetensors', 3000),
        generatedFile('model.safetensors.index.json', 10),
      ],
    });
    const environment = testEnvironment();
    const progress: [number, number][] = [];
    const folder = new HubFolder(environment, sourceOf(hub));
    expect(await folder.weights('model.safetensors')).toBeNull();
    await folder.weights('model-00001-of-00002.safetensors', (...seen) => progress.push(seen));
    expect(progress.at(-1)).toEqual([3010, 3010]);
    const count = hub.requests.length;
    expect((await folder.weights('model-00002-of-00002.safetensors'))?.size).toBe(2000);
    expect(hub.requests.length).toBe(count);
  });
});

describe('what goes wrong on the way is tried again', () => {
  const weights = 'model.safetensors';
  const cases: [string, Fault[], (slept: number[]) => void][] = [
    ['503 twice', [{ path: weights, status: 503, times: 2 }], (slept) => expect(slept).toEqual([500, 500])],
    [
      '500 of the listing',
      [{ path: '/api/models/org', status: 500, times: 3 }],
      (slept) => expect(slept).toEqual([500, 1000, 2000]),
    ],
    [
      '429 with seconds',
      [{ path: weights, status: 429, headers: { 'Retry-After': '7' } }],
      (slept) => expect(slept).toEqual([7000]),
    ],
    [
      '429 as huggingface.co has it',
      [{ path: weights, status: 429, headers: { RateLimit: '"resolvers";r=0;t=55' } }],
      (slept) => expect(slept).toEqual([55_000]),
    ],
    ['a connection cut', [{ path: weights, cutAfter: 100_000 }], (slept) => expect(slept.length).toBe(1)],
    ['a body that ends early', [{ path: weights, endAfter: 100_000 }], (slept) => expect(slept.length).toBe(1)],
    ['a connection that stalls', [{ path: weights, stallAfter: 100_000 }], (slept) => expect(slept.length).toBe(1)],
  ];
  test.each(cases)('%s', async (_, faults, check) => {
    await start();
    hub.faults.push(...faults);
    const environment = testEnvironment({ stallMs: 1500 });
    expect(await weightsOf(await new HubFolder(environment, sourceOf(hub)).weights(weights))).toBe(true);
    check(environment.clock.slept);
    // What came before the cut is not asked for again. (A stalled sender counts a little more than was received.)
    expect(sent(weights)).toBeLessThan(weightBytes + (200 << 10));
  });

  test('a server without ranges: in one go, and anew after a cut', async () => {
    await start();
    hub.faults.push(
      { path: weights, server: 'cdn', noRanges: true, times: 4 },
      { path: weights, server: 'cdn', noRanges: true, cutAfter: 300_000 },
      { path: weights, server: 'cdn', noRanges: true, times: 9 },
    );
    const environment = testEnvironment();
    expect(await weightsOf(await new HubFolder(environment, sourceOf(hub)).weights(weights))).toBe(true);
  });

  test('and given up after six failures in a row, or when asked to wait long', async () => {
    await start();
    hub.faults.push({ path: '/api/models', status: 502, times: 99 });
    const environment = testEnvironment();
    const error = { code: 'model/download', details: { data: { status: 502 } } };
    await expect(new HubFolder(environment, sourceOf(hub)).commit()).rejects.toMatchObject(error);
    expect(environment.clock.slept).toEqual([500, 1000, 2000, 4000, 8000]);
    hub.faults = [{ path: '/api/models', status: 429, headers: { 'Retry-After': '3600' }, times: 9 }];
    hub.requests.length = 0;
    await expect(new HubFolder(environment, sourceOf(hub)).commit()).rejects.toThrow('try again in 3600 s');
    expect(hub.requests.length).toBe(1);
  });

  test('a wrong byte: thrown away and fetched once more; a second one is an error, and nothing is left of the file', async () => {
    await start();
    const environment = testEnvironment();
    hub.faults.push({ path: weights, server: 'cdn', flip: 600_000, times: 3 });
    expect(await weightsOf(await new HubFolder(environment, sourceOf(hub)).weights(weights))).toBe(true);
    expect(sent(weights)).toBe(2 * weightBytes);

    const other = testEnvironment();
    hub.faults = [{ path: weights, server: 'cdn', flip: 5, times: 99 }];
    await expect(new HubFolder(other, sourceOf(hub)).weights(weights)).rejects.toMatchObject({ code: 'model/hash' });
    expect(await listCachedModels(other)).toMatchObject([{ complete: false, bytes: modelBytes - weightBytes }]);
    expect(other.store.usedBytes()).toBeLessThan(3000);
  });

  test('a small file with another hash than git gives it', async () => {
    await start();
    hub.faults.push({ path: 'config.json', flip: 3, times: 2 });
    const environment = testEnvironment();
    await expect(new HubFolder(environment, sourceOf(hub)).blob('config.json')).rejects.toThrow(
      'config.json: must have the hash',
    );
    expect(await (await new HubFolder(environment, sourceOf(hub)).blob('config.json'))?.text()).toContain('qwen2');
  });
});

describe('refusals have names', () => {
  const open = (changes: Parameters<typeof sourceOf>[1]) =>
    new HubFolder(testEnvironment(), sourceOf(hub, changes)).weights('model.safetensors');
  test.each([
    ['no such repository', {}, { repository: 'org/other' }, null, 'model/not-found', 'or it is private'],
    ['no such revision', {}, { revision: 'v9' }, null, 'model/no-revision', 'v9'],
    ['private, no token', { token: 'hf_right' }, {}, null, 'model/not-found', 'enter an access token'],
    [
      'private, a token that may not',
      { token: 'hf_right' },
      {},
      'hf_other',
      'model/not-found',
      'check the name and the token',
    ],
    ['gated, no token', { gatedToken: 'hf_right' }, {}, null, 'model/gated', 'accept the terms at'],
    ['gated, a token that may not', { gatedToken: 'hf_right' }, {}, 'hf_other', 'model/gated', 'accept the terms at'],
    ['a token that is none', {}, {}, 'hf_nobody', 'model/bad-token', 'expired'],
    ['GGUF only', { files: [generatedFile('model-q4.gguf', 9)] }, {}, null, 'model/no-safetensors', '.gguf only'],
  ])('%s', async (_, repository, source, token, code, words) => {
    await start(repository);
    hub.repositories.set('org/known-token', modelRepository({ name: 'org/known-token', token: 'hf_other' }));
    setHubToken(hub.endpoint, token);
    const failure = await open(source).then(
      () => null,
      (error: unknown) => error as Error & { code: string },
    );
    expect(failure).toMatchObject({ code });
    expect(failure?.message).toContain(words);
    expect(failure?.message).not.toContain('hf_');
  });

  test('nobody there', async () => {
    await start();
    const environment = testEnvironment();
    const folder = new HubFolder(environment, sourceOf(hub, { endpoint: 'http://127.0.0.1:1' }));
    await expect(folder.commit()).rejects.toMatchObject({ code: 'model/download' });
    expect(environment.clock.slept.length).toBe(5);
  });

  test('a listing that is none', async () => {
    await start();
    const reply = (body: string) => testEnvironment({ fetch: () => Promise.resolve(new Response(body)) });
    const siblings = [{ rfilename: 'model.safetensors', size: 5 }];
    for (const body of [
      '<html>',
      '{}',
      '[]',
      'null',
      JSON.stringify({ sha: commit }),
      JSON.stringify({ sha: commit, siblings }),
    ])
      await expect(new HubFolder(reply(body), sourceOf(hub)).commit()).rejects.toMatchObject({
        code: 'model/bad-listing',
      });
  });
});

test('a token reaches the hub, and neither the other origin, nor the store, nor another hub', async () => {
  await start({ token: 'hf_secret' });
  setHubToken(hub.endpoint, 'hf_secret');
  const environment = testEnvironment();
  await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
  const carriers = (server: string) =>
    new Set(hub.requests.filter((each) => each.server === server).map(({ authorization }) => authorization));
  expect(carriers('hub')).toEqual(new Set(['Bearer hf_secret']));
  expect(carriers('cdn')).toEqual(new Set([null]));
  for (const name of await environment.store.names()) {
    expect(name).not.toContain('hf_secret');
    const file = await environment.store.file(name);
    if (file && file.size < 10_000) expect(await file.text()).not.toContain('hf_secret');
  }
  const other = await startHub();
  await new HubFolder(testEnvironment(), sourceOf(other)).commit();
  expect(other.requests.map(({ authorization }) => authorization)).toEqual([null]);
  await other.close();
});

describe('the cache', () => {
  test('a complete model opens while the hub is away, a private one without its token', async () => {
    await start({ token: 'hf_secret' });
    setHubToken(hub.endpoint, 'hf_secret');
    const environment = testEnvironment();
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    setHubToken(hub.endpoint, null);
    environment.clock.time += 3_600_000;
    expect(await weightsOf(await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors'))).toBe(true);
    const away = { ...environment, fetch: () => Promise.reject(new TypeError('offline')) };
    expect(await weightsOf(await new HubFolder(away, sourceOf(hub)).weights('model.safetensors'))).toBe(true);
    expect(environment.clock.slept).toEqual([]);
  });

  test('an unfinished one does not, and a file without its mark is not whole', async () => {
    await start();
    const environment = testEnvironment();
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    const mark = (await environment.store.names()).find((name) => name.endsWith('.ok'))!;
    await environment.store.remove(mark);
    environment.clock.time += 3_600_000;
    expect(await listCachedModels(environment)).toMatchObject([{ complete: false }]);
    const away = { ...environment, fetch: () => Promise.reject(new TypeError('offline')) };
    await expect(new HubFolder(away, sourceOf(hub)).weights('model.safetensors')).rejects.toMatchObject({
      code: 'model/download',
    });
  });

  test('a branch that moved is fetched anew, but for the files that stayed', async () => {
    await start();
    const environment = testEnvironment();
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors');
    const moved = 'b'.repeat(40);
    const { files } = modelRepository();
    hub.repositories.set(
      'org/model',
      modelRepository({ commit: moved, files: [...files, generatedFile('vocab.json', 50)] }),
    );
    environment.clock.time += 3_600_000;
    hub.requests.length = 0;
    const folder = new HubFolder(environment, sourceOf(hub));
    await folder.weights('model.safetensors');
    expect(await folder.commit()).toBe(moved);
    expect(sent('model.safetensors')).toBe(0);
    expect(sent('vocab.json')).toBe(50);
    const listed = await listCachedModels(environment);
    expect(listed.map(({ bytes, revision, complete }) => [bytes, revision, complete])).toEqual([
      [modelBytes + 50, 'main', true],
      [modelBytes, 'main', true],
    ]);
    expect(await cachedBytes(environment)).toBe(modelBytes + 50);

    await deleteCachedModel(listed[0]!.id, environment);
    expect(await cachedBytes(environment)).toBe(modelBytes);
    await deleteCachedModel(listed[1]!.id, environment);
    expect(await listCachedModels(environment)).toEqual([]);
    expect(await environment.store.names()).toEqual([]);
  });

  test('a model is not deleted while it is downloaded', async () => {
    await start();
    hub.bytesPerSecond = 4e6;
    const environment = testEnvironment();
    let tried: Promise<void> | null = null;
    await new HubFolder(environment, sourceOf(hub)).weights('model.safetensors', () => {
      tried ??= listCachedModels(environment).then(([model]) => deleteCachedModel(model!.id, environment));
      tried.catch(() => undefined);
    });
    await expect(tried).rejects.toMatchObject({ code: 'storage/busy' });
  });

  test('too little room is said before the first byte; room that ends is said too', async () => {
    await start();
    const environment = testEnvironment({
      estimate: () => Promise.resolve({ usedBytes: 500_000, quotaBytes: 900_000 }),
    });
    await expect(new HubFolder(environment, sourceOf(hub)).weights('model.safetensors')).rejects.toMatchObject({
      code: 'storage/quota',
      message:
        'org/model: needs 1 MB of storage, got 1 MB free; delete models that you no longer use, or free disk space',
      details: { data: { neededBytes: modelBytes, freeBytes: 400_000 } },
    });
    expect(sent('model.safetensors')).toBe(0);
    const full = testEnvironment();
    full.store.quotaBytes = 400_000;
    await expect(new HubFolder(full, sourceOf(hub)).weights('model.safetensors')).rejects.toMatchObject({
      code: 'storage/quota',
    });
  });
});
