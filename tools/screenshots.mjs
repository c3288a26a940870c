/**
 * Screenshots of the built page for the README: the three steps, light and dark, wide and narrow.
 *
 *   npm run build && node tools/screenshots.mjs
 *
 * Takes a real run on the built-in model, so it needs a minute or two. Output: docs/screenshots/*.png, each below 400 kB
 * (the script fails otherwise). Chromium: TUNESMITH_BROWSER, or what the command line finds. TUNESMITH_DIST names another
 * build folder than dist/.
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { register } from 'tsx/esm/api';
import { preview } from 'vite';

register();
const { findBrowser } = await import('../headless/browser.ts');

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const limitBytes = 400_000;
const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };
const [sample] = JSON.parse(readFileSync(new URL('../public/samples/samples.json', import.meta.url), 'utf8'));
const [question, another] = sample.suggestedQuestions;

mkdirSync(folder, { recursive: true });
const outDir = process.env['TUNESMITH_DIST'] ?? 'dist';
const server = await preview({ root, build: { outDir }, preview: { port: 0 }, logLevel: 'error' });
const url = server.resolvedUrls?.local[0];
const browser = await chromium.launch({
  executablePath: findBrowser(),
  args: [
    '--headless=new',
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
    '--enable-features=Vulkan',
    '--disable-background-networking',
    '--disable-component-update',
    '--no-first-run',
  ],
});

async function shoot(page, name) {
  // The pointer must not leave a hover or a tooltip in the picture.
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur());
  await page.waitForTimeout(250);
  const path = `${folder}${name}.png`;
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${name}.png ${Math.round(size / 1000)} kB`);
  if (size > limitBytes) throw new Error(`${name}.png: must be below ${limitBytes} bytes, got ${size}`);
}

/** Opens a step where it is a tab; side by side there is nothing to open. */
async function openStep(page, name) {
  const tab = page.getByRole('tab', { name });
  if (await tab.count()) await tab.click();
}

async function visit(scheme, shape, viewport) {
  const context = await browser.newContext({ viewport, colorScheme: scheme, deviceScaleFactor: 1 });
  const page = await context.newPage();
  const take = (step) => shoot(page, `${step}-${shape}-${scheme}`);
  await page.goto(url);
  await page.getByText('Storage', { exact: true }).waitFor();
  await openStep(page, 'Train');
  await page.getByText(/^Ready:/).waitFor({ timeout: 120_000 });
  await openStep(page, 'Data');
  const tokens = page.getByRole('listbox', { name: /^Tokens of row/ });
  await tokens.focus();
  // A token in the middle of the answer, which the row's end is not far from.
  await page.keyboard.press('End');
  for (let step = 0; step < 9; step++) await page.keyboard.press('ArrowLeft');
  if (shape === 'narrow') await page.getByRole('listbox', { name: 'Rows' }).scrollIntoViewIfNeeded();
  await take('data');

  await openStep(page, 'Chat');
  await page.getByRole('button', { name: question }).click();
  await page.locator('[aria-label="Base answer"][aria-busy="false"]').waitFor({ timeout: 60_000 });
  await openStep(page, 'Train');
  await page.getByRole('button', { name: 'Fine-tune', exact: true }).click();
  // Far enough for a curve and two rounds of sample answers.
  await page.waitForFunction(
    () => Number(/step (\d+) of/.exec(document.querySelector('header.top')?.innerText ?? '')?.[1] ?? 0) >= 55,
    undefined,
    { timeout: 300_000 },
  );
  await take('train');

  await page.getByRole('button', { name: 'Download adapter' }).waitFor({ timeout: 300_000 });
  await openStep(page, 'Chat');
  await page.getByRole('button', { name: 'Ask the tuned model' }).click();
  await page.locator('[aria-label="Tuned answer"][aria-busy="false"]').waitFor({ timeout: 60_000 });
  for (const [index, other] of [another, sample.ordinaryQuestions[0]].entries()) {
    await page.getByRole('button', { name: other }).click();
    await page.waitForTimeout(300);
    await page.locator('[aria-label="Tuned answer"][aria-busy="false"]').nth(index + 1).waitFor({ timeout: 60_000 });
  }
  await take('chat');
  await context.close();
}

try {
  for (const scheme of ['light', 'dark']) {
    await visit(scheme, 'wide', wide);
    await visit(scheme, 'narrow', narrow);
  }
} finally {
  await browser.close();
  await server.close();
}
