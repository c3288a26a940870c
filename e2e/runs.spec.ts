/** Two tabs, three runs, one comparison; a history that survives the browser; recipes as links. On WASM, with a file that is no sample. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { chromium, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { expect, fixture, Studio, test as base } from './studio';

/** A browser with a profile of its own on disk, which can be closed and opened again. */
class Profile {
  readonly folder = mkdtempSync(join(tmpdir(), 'tunesmith-profile-'));
  context: BrowserContext | null = null;
  readonly studios: Studio[] = [];

  async start(): Promise<void> {
    const { launchOptions, viewport } = base.info().project.use;
    this.context = await chromium.launchPersistentContext(this.folder, {
      ...launchOptions,
      headless: true,
      viewport: viewport ?? null,
      acceptDownloads: true,
      permissions: ['clipboard-read', 'clipboard-write'],
    });
  }

  /** A new tab with the studio in it, on WASM. */
  async tab(url?: string): Promise<Studio> {
    const page = await this.context?.newPage();
    if (!page) throw new Error('the browser is not started');
    const studio = new Studio(page);
    this.studios.push(studio);
    await (url === undefined ? studio.open('wasm') : studio.open('auto', url));
    return studio;
  }

  async stop(): Promise<void> {
    await this.context?.close();
    this.context = null;
  }
}

const test = base.extend<{ profile: Profile }>({
  // eslint-disable-next-line no-empty-pattern -- Playwright reads the names of the fixtures out of this pattern
  profile: async ({}, use) => {
    const profile = new Profile();
    await profile.start();
    await use(profile);
    await profile.stop();
    rmSync(profile.folder, { recursive: true, force: true });
    expect(
      profile.studios.flatMap(({ complaints }) => complaints),
      'errors and warnings of the console',
    ).toEqual([]);
  },
});

/** Two passes over seven rows, the eighth for validation. */
const short = {
  dataset: { validation: 1 },
  training: {
    eval_strategy: 'epoch',
    num_train_epochs: 2,
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 1,
    learning_rate: 3e-3,
    save_steps: 2,
  },
};

async function openRuns(page: Page): Promise<Locator> {
  await page.getByRole('banner').getByRole('button', { name: /^Runs/ }).click();
  return page.getByRole('dialog', { name: 'Runs' });
}

const kept = (dialog: Locator): Locator => dialog.getByRole('list', { name: 'Kept runs' }).locator('> li');

/** A run from its start to its end; after an earlier one, whose end is in sight until then. */
async function train(studio: Studio): Promise<void> {
  await expect(studio.fineTune).toHaveAttribute('aria-disabled', 'false');
  await studio.fineTune.click();
  await expect(studio.train.getByRole('button', { name: 'Pause' })).toBeVisible();
  expect(await studio.runEnd(120_000)).toMatch(/Done after \d+ steps/);
}

/** What the chart says at each of its points, read by the arrow keys. */
async function readings(dialog: Locator, points: number): Promise<string[]> {
  const chart = dialog.getByRole('application', { name: /^Loss curves of/ });
  const readout = dialog.locator('.readout');
  const read: string[] = [];
  for (let point = 0; point < points; point++) {
    await chart.press(point === 0 ? 'Home' : 'ArrowRight');
    read.push(await readout.innerText());
  }
  return read;
}

/** How many of the drawn pixels have the colour of each run. */
const inked = (dialog: Locator, tokens: string[]): Promise<number[]> =>
  dialog.locator('canvas').evaluate((canvas: HTMLCanvasElement, names) => {
    // Read from a copy: reading the page's own canvas again and again makes the browser complain.
    const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true });
    copy?.drawImage(canvas, 0, 0);
    const pixels = copy?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const style = getComputedStyle(document.documentElement);
    return names.map((name) => {
      const hex = style.getPropertyValue(name).trim().slice(1);
      const wanted = [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
      let found = 0;
      for (let at = 0; at < pixels.length; at += 4)
        if (wanted.every((value, place) => Math.abs((pixels[at + place] ?? 0) - value) < 12)) found += 1;
      return found;
    });
  }, tokens);

test('three runs of two tabs are compared, named, exported, imported, and there after a restart', async ({
  profile,
}) => {
  test.setTimeout(300_000);
  const one = await profile.tab();
  await one.ready();
  await one.drop(fixture('island.jsonl'));
  await expect(one.figure('rows')).toHaveText('8');
  await one.train.getByLabel('Choose a recipe file').setInputFiles({
    name: 'short.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(short)),
  });
  await one.train.getByRole('region', { name: 'Recipe to open' }).getByRole('button', { name: 'Apply' }).click();

  // The first run is held while the second tab looks; the second is ready by itself as soon as the first has ended.
  const steps = await one.ready();
  await one.fineTune.click();
  await one.train.getByRole('button', { name: 'Pause' }).click();
  const two = await profile.tab();
  await expect(two.train.locator('p.why', { hasText: /^Not ready: another tab of this page is training/ })).toBeVisible(
    {
      timeout: 30_000,
    },
  );
  await expect(two.fineTune).toHaveAttribute('aria-disabled', 'true');
  await one.train.getByRole('button', { name: 'Resume' }).click();
  expect(await one.runEnd(120_000)).toContain(`Done after ${steps} steps`);
  await two.ready();
  await expect(two.figure('rows')).toHaveText('8');
  await two.setKnob('Rank', '4');
  await two.setKnob('Learning rate', '1e-3');
  await train(two);
  await one.setKnob('Epochs', '3');
  await train(one);

  const dialog = await openRuns(one.page);
  await expect(kept(dialog)).toHaveCount(3);
  for (const row of await kept(dialog).all()) {
    await expect(row).toContainText(/done, \d+ of \d+ steps/);
    await expect(row).toContainText('island.jsonl');
    await row.getByRole('checkbox', { name: /^Compare/ }).check();
  }
  const comparison = dialog.getByRole('region', { name: 'Comparison' });
  await expect(comparison.getByRole('application')).toBeVisible();
  await expect
    .poll(async () => Math.min(...(await inked(dialog, ['--run-a', '--run-b', '--run-c']))))
    .toBeGreaterThan(50);
  const [first = ''] = await readings(dialog, 1);
  expect(first).toMatch(/^Step \d+ · .*A .*B .*C /);
  const differing = comparison.getByRole('region', { name: 'Settings that differ' }).locator('tr[data-path]');
  const paths = await differing.evaluateAll((rows) => rows.map((row) => row.getAttribute('data-path')));
  expect(paths).toEqual(['training.num_train_epochs', 'training.learning_rate', 'adapter.r']);
  await expect(differing.nth(2)).toContainText(/Rank/);
  await comparison.getByRole('checkbox', { name: 'Log axis' }).check();
  await comparison.getByRole('radio', { name: 'Tokens' }).click();
  expect((await readings(dialog, 1))[0]).toMatch(/^After \d+ tokens/);
  const { violations } = await new AxeBuilder({ page: one.page }).include('dialog[open]').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  await comparison.getByRole('button', { name: 'Clear' }).click();

  // A name, tags and a note; the newest run is the first.
  await kept(dialog)
    .first()
    .getByRole('button', { name: /^Rename/ })
    .click();
  await dialog.getByRole('textbox', { name: /^Name of/ }).fill('Longest');
  await dialog.getByRole('textbox', { name: /^Name of/ }).press('Enter');
  await expect(dialog.getByRole('button', { name: 'Rename Longest' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Details of Longest' }).click();
  await dialog.getByRole('textbox', { name: 'Tags of Longest' }).fill('island, keep');
  await dialog.getByRole('textbox', { name: 'Note on Longest' }).fill('Three passes.');
  await dialog.getByRole('button', { name: 'Details of Longest' }).click();
  const longest = kept(dialog).filter({ hasText: 'Longest' });
  await expect(longest).toContainText('Three passes.');
  await dialog.getByRole('combobox', { name: 'Tag' }).selectOption('keep');
  await expect(kept(dialog)).toHaveCount(1);
  await dialog.getByRole('combobox', { name: 'Tag' }).selectOption('any tag');

  // Out as a zip, away, and back with the same curve and words.
  await longest.getByRole('checkbox').check();
  await expect(dialog.getByText('Reading curves…')).toBeHidden();
  const drawn = await readings(dialog, 6);
  const download = one.page.waitForEvent('download', { timeout: 20_000 });
  await longest.getByRole('button', { name: 'Export Longest' }).click();
  const zip = join(profile.folder, 'longest.zip');
  await (await download).saveAs(zip);
  await dialog.getByRole('button', { name: 'Delete Longest' }).click();
  await dialog.getByRole('button', { name: 'Undo deleting Longest' }).click();
  await dialog.getByRole('button', { name: 'Delete Longest' }).click();
  await expect(kept(dialog)).toHaveCount(2, { timeout: 20_000 });
  await dialog.getByLabel('Choose the zip of a run').setInputFiles(zip);
  await expect(kept(dialog)).toHaveCount(3);
  await expect(longest).toContainText('keep');
  await longest.getByRole('checkbox').check();
  await expect(dialog.getByText('Reading curves…')).toBeHidden();
  expect(await readings(dialog, 6)).toEqual(drawn);
  await dialog.getByLabel('Choose the zip of a run').setInputFiles({
    name: 'notes.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from('not a zip'),
  });
  await expect(dialog.getByRole('alert')).toBeVisible();
  await expect(kept(dialog)).toHaveCount(3);

  // The browser goes and comes back.
  await profile.stop();
  await profile.start();
  const later = await profile.tab();
  await expect(later.fineTune).toHaveAttribute('aria-disabled', 'false', { timeout: 60_000 });
  const again = await openRuns(later.page);
  await expect(kept(again)).toHaveCount(3);
  await expect(kept(again).filter({ hasText: 'Longest' })).toContainText('Three passes.');

  // The second run's settings come back, and are recognised.
  await kept(again)
    .filter({ hasNotText: 'Longest' })
    .first()
    .getByRole('button', { name: /^Run again/ })
    .click();
  await expect(later.train.getByRole('region', { name: 'Recipe opened' })).toBeVisible();
  await expect(later.train.getByLabel('Rank', { exact: true })).toHaveValue('4');
  await expect(later.train.getByText(/^Same settings and data as run [0-9a-f]{8} \(validation loss \d/)).toBeVisible();
  await later.train.getByRole('region', { name: 'Recipe opened' }).getByRole('button', { name: 'Undo' }).click();
  await expect(later.train.getByLabel('Rank', { exact: true })).not.toHaveValue('4');
});

test('a recipe goes as a link and as a file: shown first, then applied, and taken back', async ({ profile }) => {
  test.setTimeout(120_000);
  const one = await profile.tab();
  await one.ready();
  await one.drop(fixture('island.jsonl'));
  await expect(one.figure('rows')).toHaveText('8');
  await one.setKnob('Rank', '12');
  await one.train.getByRole('button', { name: 'Copy link' }).click();
  await expect(one.train.getByText(/The link holds the settings/)).toBeVisible();
  const link = await one.page.evaluate(() => navigator.clipboard.readText());
  const held = Buffer.from(link.split('#recipe=')[1] ?? '', 'base64url').toString();
  expect(held).toContain('12');
  expect(held).not.toContain('island');
  const download = one.page.waitForEvent('download', { timeout: 20_000 });
  await one.train.getByRole('button', { name: 'Save as TOML' }).click();
  const file = join(profile.folder, 'recipe.toml');
  await (await download).saveAs(file);
  expect(readFileSync(file, 'utf8')).toMatch(/^r = 12$/m);
  await one.train.getByRole('button', { name: 'Reset all' }).click();
  const rank = (studio: Studio): Locator => studio.train.getByLabel('Rank', { exact: true });
  const usual = await rank(one).inputValue();
  expect(usual).not.toBe('12');

  const two = await profile.tab(link.replace('#', '?backend=wasm#'));
  await two.ready();
  const shown = two.train.getByRole('region', { name: 'Recipe to open' });
  await expect(shown.locator('tr[data-path="adapter.r"]')).toContainText('12');
  await expect(rank(two)).toHaveValue(usual);
  await shown.getByRole('button', { name: 'Apply' }).click();
  await expect(rank(two)).toHaveValue('12');
  await two.train.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect(rank(two)).toHaveValue(usual);

  await one.drop(file);
  await expect(one.train.getByRole('region', { name: 'Recipe to open' }).locator('tr[data-path]')).toHaveCount(1);
  await expect(one.figure('rows')).toHaveText('8');
  await one.train.getByLabel('Choose a recipe file').setInputFiles({
    name: 'bad.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{"training": {"learning_rat": 1}}'),
  });
  await expect(one.train.getByRole('alert')).toContainText('training.learning_rat');
  await expect(one.train.getByRole('alert')).toContainText('learning_rate');
});
