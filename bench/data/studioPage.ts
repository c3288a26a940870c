import { basename, join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumFlags, findBrowser } from '../../headless/browser';
import { rendererMemory } from '../../headless/rendererMemory';
import type { Automation } from '../../headless/cli/automation';
import { fileHandler, folderHandler, startStaticServer, type Handler } from '../../headless/staticServer';
import { defaultRecipe, type Recipe } from '../../src/recipe/schema';
import { build } from '../remotes';
import type { Sample } from './sample';

const project = join(import.meta.dirname, '../..');
const output = '.cache/bench-studio';

export interface PageSample extends Sample {
  /** Longest task of the page's main thread while the worker read, ms; 0: none of 50 ms or more. */
  longestTaskMs: number;
  /** Until the first sign of progress came, ms; null: none came. */
  firstProgressMs: number | null;
  /** Peak resident memory of the page's renderer process (page and workers), bytes; null where the system doesn't tell. */
  peakBytes: number | null;
  /** The same file opened once more, out of the cache of tokenized data; null where it was not taken from there. */
  cachedMs: number | null;
}

export interface StudioPage {
  host: string;
  /** Resident memory of the renderer without data, bytes: the page alone, then with the tokenizer loaded and garbage collected. */
  idle: { pageBytes: number; tokenizerBytes: number } | null;
  measure(file: string, maxLength: number): Promise<PageSample>;
  close(): Promise<void>;
}

/** Globals of the page: the data worker's client, and the file that was read last. */
interface PageGlobals {
  tunesmith: Automation;
  measuredFile: File;
}

/** The page as it is built from the sources now, in headless Chromium, with a model's tokenizer loaded in its data worker. */
export async function openStudioPage(tokenizerFolder: string): Promise<StudioPage> {
  build('--outDir', output, '--emptyOutDir');
  const handlers = new Map<string, Handler>([['model/', folderHandler(tokenizerFolder)]]);
  const server = await startStaticServer({ root: join(project, output), handlers });
  // Any computing is the data worker's: no adapter is needed.
  const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumFlags('software') });
  const page = await browser.newPage();
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  // The compiler of this program names functions through a helper that the page does not have.
  await page.addInitScript('globalThis.__name ??= (fn) => fn;');
  await page.goto(`${server.url}?automation`);
  await page.waitForFunction('globalThis.tunesmith !== undefined');
  const memory = await rendererMemory(browser, page);
  const pageBytes = (await memory?.idle()) ?? NaN;
  await page.evaluate((baseUrl) => {
    const { tunesmith } = globalThis as unknown as PageGlobals;
    return tunesmith.data.openModel({ kind: 'url', baseUrl, name: 'Qwen2.5' });
  }, `${server.url}model/`);
  const idle = memory && { pageBytes, tokenizerBytes: await memory.idle() };
  let opened = 0;
  return {
    host: `Chromium ${browser.version()}`,
    idle,
    measure: async (file, maxLength) => {
      handlers.set(`file-${++opened}/`, fileHandler(file));
      memory?.restart();
      const measured = await page.evaluate(measureInPage, {
        url: `${server.url}file-${opened}/${basename(file)}`,
        name: basename(file),
        // An empty line more each time: other bytes, so that nothing comes out of a cache.
        blankLines: opened,
        recipe: recipeOf(maxLength),
      });
      const peakBytes = memory?.peak() ?? null;
      return { ...measured, peakBytes, cachedMs: await page.evaluate(reopenInPage, recipeOf(maxLength)) };
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** As text: Playwright's types lose themselves in a recipe. */
function recipeOf(maxLength: number): string {
  const recipe = defaultRecipe();
  return JSON.stringify({ ...recipe, training: { ...recipe.training, max_length: maxLength } });
}

/** Runs in the page: can't see this file's variables. */
async function measureInPage({
  url,
  name,
  blankLines,
  recipe,
}: {
  url: string;
  name: string;
  blankLines: number;
  recipe: string;
}): Promise<Omit<PageSample, 'peakBytes' | 'cachedMs'>> {
  const { data, proxy } = (globalThis as unknown as PageGlobals).tunesmith;
  const blob = await (await fetch(url)).blob();
  const file = new File([blob, '\n'.repeat(blankLines)], name);
  (globalThis as unknown as PageGlobals).measuredFile = file;
  let longestTaskMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longestTaskMs = Math.max(longestTaskMs, duration);
  });
  observer.observe({ type: 'longtask' });
  let firstProgressMs: number | null = null;
  const begun = performance.now();
  const summary = await data.openDataset(
    file,
    JSON.parse(recipe) as Recipe,
    proxy(() => void (firstProgressMs ??= performance.now() - begun)),
  );
  const ms = performance.now() - begun;
  // Long tasks are told a moment later.
  await new Promise((done) => globalThis.setTimeout(done, 200));
  observer.disconnect();
  if (summary.fromCache) throw new Error('the measured file came out of a cache');
  const { usableRows: rows, tokens, trainedTokens } = summary;
  return { ms, rows, tokens, trainedTokens, longestTaskMs, firstProgressMs };
}

/** Runs in the page, after {@link measureInPage}: the same file once more. */
async function reopenInPage(recipe: string): Promise<number | null> {
  const { tunesmith, measuredFile } = globalThis as unknown as PageGlobals;
  // The cache is written after the reading has answered.
  await new Promise((done) => globalThis.setTimeout(done, 2000 + (50 * measuredFile.size) / 1e6));
  const begun = performance.now();
  const { fromCache } = await tunesmith.data.openDataset(
    measuredFile,
    JSON.parse(recipe) as Recipe,
    tunesmith.proxy(() => undefined),
  );
  return fromCache ? performance.now() - begun : null;
}
