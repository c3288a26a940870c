import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, fixture, test } from './studio';

/** What axe finds in the train pane. */
async function violations(page: Page): Promise<string[]> {
  const results = await new AxeBuilder({ page })
    .include('#pane-train')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Wake locks that the page holds, and how often it asked for one: a headless browser has no screen to keep awake. */
const countWakeLocks = (page: Page): Promise<unknown> =>
  page.addInitScript(() => {
    const locks = { asked: 0, held: 0 };
    const request = (): Promise<unknown> => {
      locks.asked += 1;
      locks.held += 1;
      const lock = {
        released: false,
        release: () => {
          if (!lock.released) locks.held -= 1;
          lock.released = true;
          return Promise.resolve();
        },
      };
      return Promise.resolve(lock);
    };
    Object.defineProperty(navigator, 'wakeLock', { value: { request } });
    Object.assign(globalThis, { wakeLocks: locks });
  });

const wakeLocks = (page: Page): Promise<{ asked: number; held: number }> =>
  page.evaluate(() => (globalThis as unknown as { wakeLocks: { asked: number; held: number } }).wakeLocks);

/** What a page sees of its tab being left or looked at again. */
const setHidden = (page: Page, hidden: boolean): Promise<void> =>
  page.evaluate((hidden) => {
    const properties = { hidden, visibilityState: hidden ? 'hidden' : 'visible' };
    for (const [name, value] of Object.entries(properties))
      Object.defineProperty(document, name, { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);

/** Takes two thirds of the training thread's time, as a browser may do that throttles a hidden tab. */
const setLoad = async (page: Page, on: boolean): Promise<void> => {
  const worker = page.workers().find((one) => one.url().includes('compute.worker'));
  await worker?.evaluate((on) => {
    const all = globalThis as unknown as { load?: ReturnType<typeof setInterval> };
    clearInterval(all.load);
    if (!on) return;
    let last = performance.now();
    all.load = setInterval(() => {
      const now = performance.now();
      const until = now + Math.min(500, 2 * (now - last));
      while (performance.now() < until);
      last = performance.now();
    }, 0);
  }, on);
};

test('the live view: charts with exact values, files, discard with undo, accessible during and after a run', async ({
  studio,
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await countWakeLocks(page);
  await studio.open('wasm');
  await studio.ready();
  await studio.drop(fixture('island.jsonl'));
  await studio.setKnob('Epochs', '24');
  const steps = await studio.ready();
  await studio.fineTune.click();

  // While it trains: paused by the discard, taken back, goes on.
  const train = studio.train;
  await expect(train.getByRole('application')).toBeVisible({ timeout: 60_000 });
  expect(await wakeLocks(page)).toEqual({ asked: 1, held: 1 });
  await train.getByRole('button', { name: 'Stop and discard' }).click();
  await expect.poll(() => wakeLocks(page)).toEqual({ asked: 1, held: 0 });
  await train.getByRole('button', { name: 'Undo discarding' }).click();
  await expect.poll(() => wakeLocks(page)).toEqual({ asked: 2, held: 1 });
  await train.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(train.getByRole('radiogroup', { name: 'Pace' })).toBeVisible();
  expect(await violations(page)).toEqual([]);

  // In a hidden tab nothing is kept awake; that the browser slowed it there is measured and said.
  await setHidden(page, true);
  await setLoad(page, true);
  const bar = train.getByRole('progressbar', { name: 'Steps done' });
  const done = async (): Promise<number> => Number(await bar.getAttribute('value'));
  const before = await done();
  await train.getByRole('button', { name: 'Resume', exact: true }).click();
  await expect.poll(done, { timeout: 60_000 }).toBeGreaterThanOrEqual(before + 5);
  expect(await wakeLocks(page)).toEqual({ asked: 2, held: 0 });
  await setLoad(page, false);
  await setHidden(page, false);
  await expect.poll(() => wakeLocks(page)).toEqual({ asked: 3, held: 1 });
  expect(await studio.runEnd(120_000)).toContain(`Done after ${steps} steps`);
  await expect.poll(() => wakeLocks(page)).toEqual({ asked: 3, held: 0 });
  await expect(train.getByText(/^While this tab was hidden, .* steps took \d+\.\d times as long/)).toBeVisible();

  // Every measure has a curve, exact values by key, and a table.
  const chart = train.getByRole('radiogroup', { name: 'Chart' });
  for (const [choice, title] of [
    ['Rate', 'Learning rate'],
    ['Gradient', 'Gradient norm'],
    ['Speed', 'Tokens per second'],
    ['Loss', 'Loss'],
  ] as const) {
    await chart.getByRole('radio', { name: choice }).click();
    await train.getByRole('application', { name: new RegExp(`^${title} curve`) }).focus();
    await page.keyboard.press('End');
    await expect(train.getByText(new RegExp(`^Step ${steps} · `))).toBeVisible();
    await page.keyboard.press('ArrowLeft');
    await expect(train.getByText(new RegExp(`^Step ${steps - 1} · `))).toBeVisible();
  }
  await train.getByLabel('Log axis').check();
  const losses = await studio.losses();
  expect(losses).toHaveLength(steps);

  // The file says what the table says.
  const arrival = page.waitForEvent('download');
  await train.getByRole('button', { name: 'CSV' }).click();
  const download = await arrival;
  expect(download.suggestedFilename()).toMatch(/^tunesmith-run-[0-9a-f]{8}\.csv$/);
  const [head = '', ...lines] = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  const column = head.split(',').indexOf('loss');
  const kept = lines.map((line) => line.split(',')[column] ?? '').filter((cell) => cell !== '');
  expect(kept.map((loss) => Number(Number(loss).toFixed(3)))).toEqual(losses);
  await train.getByText('Proof', { exact: true }).click();
  expect(await violations(page)).toEqual([]);
});
