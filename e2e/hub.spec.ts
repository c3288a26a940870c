/** A model from a hub, in a real browser: cut and resumed, private, kept for a visit without the hub, listed and deleted; and one from a zip. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, type Page } from '@playwright/test';
import { BlobWriter, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import { fileOf, startHubServer, type HubServer } from '../headless/testing/hubServer';
import type { HubSource, ModelSource } from '../src/protocol/model';
import { recipeSchema } from '../src/recipe/schema';
import type { AutomationHook } from '../src/state/automation';
import { studioUrl } from './studio';

const repository = 'tunesmith/builtin';
const token = 'hf_only_for_this_test';
const names = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../public/models/builtin', name));
const weightBytes = read('model.safetensors').length;
const modelBytes = names.reduce((sum, name) => sum + read(name).length, 0);

interface Globals {
  tunesmith: AutomationHook;
  loaded: Promise<unknown>;
  downloadedBytes: number;
}

let hub: HubServer;
test.beforeAll(async () => {
  const zip = new ZipWriter(new BlobWriter(), { useWebWorkers: false });
  for (const name of names) await zip.add(`builtin/${name}`, new Uint8ArrayReader(read(name)), { level: 1 });
  const zipped = new Uint8Array(await (await zip.close()).arrayBuffer());
  hub = await startHubServer([
    {
      name: repository,
      commit: 'c'.repeat(40),
      revisions: ['main'],
      files: names.map((name) => fileOf(name, read(name), name === 'model.safetensors')),
      token,
    },
    { name: 'tunesmith/zip', commit: 'd'.repeat(40), revisions: ['main'], files: [fileOf('model.zip', zipped)] },
  ]);
});
test.afterAll(() => hub.close());

const hubSource = (): HubSource => ({
  kind: 'hub',
  repository,
  revision: 'main',
  endpoint: hub.endpoint,
  name: 'from-hub',
});

async function openPage(page: Page): Promise<void> {
  await page.goto(`${studioUrl()}?automation`);
  await page.waitForFunction('globalThis.tunesmith !== undefined');
  await page.evaluate(() => (globalThis as unknown as Globals).tunesmith.compute.openDevice('wasm'));
}

const setToken = (page: Page): Promise<void> =>
  page.evaluate(
    async ([endpoint, token]) => {
      const { compute, data } = (globalThis as unknown as Globals).tunesmith;
      await Promise.all([compute.setHubToken(endpoint, token), data.setHubToken(endpoint, token)]);
    },
    [hub.endpoint, token] as const,
  );

/** Begins to load in both workers. */
const beginLoading = (page: Page, source: HubSource): Promise<void> =>
  page.evaluate((source) => {
    const globals = globalThis as unknown as Globals;
    const { compute, data, proxy } = globals.tunesmith;
    globals.downloadedBytes = 0;
    const weights = compute.loadModel(
      source,
      { dtype: 'f32' },
      proxy(({ phase, loadedBytes }) => {
        if (phase === 'download') globals.downloadedBytes = loadedBytes;
      }),
    );
    globals.loaded = Promise.all([weights, data.openModel(source)]);
    globals.loaded.catch(() => undefined);
  }, source);

const load = async (page: Page, source: HubSource): Promise<void> => {
  await beginLoading(page, source);
  await page.evaluate(async () => void (await (globalThis as unknown as Globals).loaded));
};

/** The model's answer, through the template and tokenizer of the data worker. */
const ask = (page: Page, question: string): Promise<string> =>
  page.evaluate(
    async ({ question, recipe }: { question: string; recipe: string }) => {
      const { compute, data, proxy } = (globalThis as unknown as Globals).tunesmith;
      const message = { role: 'user', content: question };
      const prompt = await data.renderPrompt([message] as never, JSON.parse(recipe) as never);
      const request = {
        id: 'a',
        useAdapter: false,
        temperature: 0,
        top_k: 0,
        top_p: 1,
        min_p: 0,
        repetition_penalty: 1,
      };
      const { text } = await compute.generate(
        { ...request, promptIds: prompt.inputIds, max_new_tokens: 24, seed: 0, stopStrings: [] },
        proxy(() => undefined),
      );
      return text;
    },
    { question, recipe: JSON.stringify(recipeSchema.parse({})) },
  );

const list = (page: Page) => page.evaluate(() => (globalThis as unknown as Globals).tunesmith.cache.list());
const sentBytes = (path: string): number =>
  hub.requests.filter((each) => each.path.includes(path)).reduce((sum, each) => sum + each.sentBytes, 0);

test('cut in the middle, it goes on after a reload; opens without the hub; is listed and deleted', async ({ page }) => {
  hub.bytesPerSecond = 2.5e6;
  await openPage(page);
  await setToken(page);
  await beginLoading(page, hubSource());
  await page.waitForFunction((half) => (globalThis as unknown as Globals).downloadedBytes > half, modelBytes / 2);
  const refused = await page.evaluate(async () => {
    const { cache } = (globalThis as unknown as Globals).tunesmith;
    const [model] = await cache.list();
    const code = await cache.remove(model?.id ?? '').catch((error: { code?: string }) => error.code);
    return { code, bytes: model?.bytes ?? 0 };
  });
  expect(refused.code).toBe('storage/busy');
  expect(refused.bytes).toBeGreaterThan(modelBytes / 2);

  await openPage(page);
  const [cut] = await list(page);
  expect(cut).toMatchObject({ repository, complete: false, totalBytes: modelBytes });
  expect(cut?.bytes).toBeGreaterThan(modelBytes / 2);
  expect(cut?.files).not.toContain('model.safetensors');

  hub.bytesPerSecond = 0;
  hub.requests.length = 0;
  await setToken(page);
  await load(page, hubSource());
  expect(await ask(page, 'What is the capital of France?')).toContain('Paris');
  expect(sentBytes('model.safetensors')).toBe(modelBytes - (cut?.bytes ?? 0));
  expect(sentBytes('model.safetensors')).toBeLessThan(weightBytes / 2);
  // The browser itself keeps the token from the origin that the hub sends it to.
  const tokens = (server: string) =>
    new Set(hub.requests.filter((each) => each.server === server).map((each) => each.authorization));
  expect(tokens('hub')).toEqual(new Set([`Bearer ${token}`]));
  expect(tokens('cdn')).toEqual(new Set([null]));

  // Another visit: the token is forgotten, and the hub has nothing for those without.
  await openPage(page);
  await load(page, hubSource());
  expect(await ask(page, 'What is the capital of France?')).toContain('Paris');
  const [whole] = await list(page);
  expect(whole).toMatchObject({ complete: true, bytes: modelBytes, revision: 'main', commit: 'c'.repeat(40) });
  expect(whole?.files).toHaveLength(names.length);

  const left = await page.evaluate(async (id) => {
    const { cache } = (globalThis as unknown as Globals).tunesmith;
    await cache.remove(id);
    const root = await navigator.storage.getDirectory();
    const folder = await (await root.getDirectoryHandle('tunesmith')).getDirectoryHandle('hub');
    const names: string[] = [];
    for await (const name of folder.keys()) names.push(name);
    return { listed: await cache.list(), bytes: await cache.bytes(), names };
  }, whole?.id ?? '');
  expect(left).toEqual({ listed: [], bytes: 0, names: [] });
});

test('from a zip whose files are deflated', async ({ page }) => {
  await openPage(page);
  await page.evaluate(async (url) => {
    const { compute, data, proxy } = (globalThis as unknown as Globals).tunesmith;
    const file = new File([await (await fetch(url)).blob()], 'model.zip');
    const source: ModelSource = { kind: 'zip', file, name: 'from-zip' };
    const nothing = proxy(() => undefined);
    await Promise.all([compute.loadModel(source, { dtype: 'f32' }, nothing), data.openModel(source)]);
  }, `${hub.endpoint}/tunesmith/zip/resolve/main/model.zip`);
  expect(await ask(page, 'What is the capital of France?')).toContain('Paris');
});
