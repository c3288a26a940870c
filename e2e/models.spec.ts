/** Models in the page: the gallery and what it costs here, a hub that is slow or asks for a token, what is kept and deleted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { fileOf, startHubServer, type HubServer } from '../headless/testing/hubServer';
import { gallery } from '../src/state/gallery';
import { expect, test } from './studio';

const token = 'hf_only_for_this_test';
const names = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const read = (name: string): Buffer => readFileSync(join(import.meta.dirname, '../public/models/builtin', name));
/** The built-in model's files under the names of models of the gallery. */
const [small] = gallery;
const gated = gallery.find((model) => model.gated);
if (!small || !gated) throw new Error('gallery: must hold a gated model');

let hub: HubServer;
test.beforeAll(async () => {
  const files = () => names.map((name) => fileOf(name, read(name), name === 'model.safetensors'));
  hub = await startHubServer([
    { name: small.repository, commit: 'a'.repeat(40), revisions: ['main'], files: files() },
    { name: gated.repository, commit: 'b'.repeat(40), revisions: ['main'], files: files(), gatedToken: token },
  ]);
});
test.afterAll(() => hub.close());

test('a model of the gallery is fetched, cancelled, resumed, kept, opened again after a refresh, and deleted', async ({
  studio,
  page,
}) => {
  await studio.open('wasm');
  await studio.ready();
  const banner = page.getByRole('banner');
  await banner.getByText('Model', { exact: true }).click();
  await banner.getByRole('button', { name: 'Choose another model' }).click();
  const dialog = page.getByRole('dialog', { name: 'Models' });
  const listed = dialog.getByRole('list', { name: 'Gallery' }).getByRole('listitem');
  await expect(listed).toHaveCount(gallery.length + 1);
  await expect(listed.getByText(/of memory, weights as \w+:/)).toHaveCount(gallery.length, { timeout: 30_000 });
  const row = listed.filter({ hasText: small.name });
  await expect(row).toContainText('271 MB to fetch');
  await expect(row.getByText(/^(fits|tight|won’t fit)$/)).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).include('dialog').analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);

  await dialog.getByLabel('Hub address').fill(hub.endpoint);
  await dialog.getByLabel('Hub address').blur();
  hub.bytesPerSecond = 1.5e6;
  await dialog.getByRole('button', { name: `Load ${small.name}` }).click();
  await expect(dialog.getByText(/^Fetching .* · .* of 8\.4 MB · .*\/s · \d+ s left$/)).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog.getByText(/was cancelled/)).toBeVisible();
  await expect(row.getByText(/^\d+ % kept here$/)).toBeVisible();
  await expect(studio.train.locator('p.why', { hasText: 'Not ready: no model is loaded; choose one' })).toBeAttached();

  hub.bytesPerSecond = 0;
  await row.getByRole('button', { name: `Resume ${small.name}` }).click();
  await expect(row.getByText('in use')).toBeVisible();
  const kept = dialog.getByRole('list', { name: 'Kept on this machine' }).getByRole('listitem');
  await expect(kept).toHaveCount(1);
  await expect(kept).toContainText('8.4 MB');
  await expect(kept).toContainText('last used today');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  // The rows were tokenized anew, and the recipe names the model.
  await studio.ready();
  await studio.train.getByRole('radio', { name: 'Advanced' }).click();
  await studio.train.locator('summary', { hasText: 'Model' }).click();
  await expect(studio.train.getByLabel('Name', { exact: true })).toHaveValue(small.repository);

  await page.reload();
  await expect(banner).toContainText(`${small.repository.split('/')[1]} · 4.1 M`, { timeout: 30_000 });
  await studio.ready();

  await studio.train.getByRole('radio', { name: 'Simple' }).click();
  await studio.train.getByRole('button', { name: 'Choose a model' }).click();
  await dialog.getByRole('button', { name: `Delete ${small.repository}` }).click();
  await dialog.getByRole('button', { name: `Undo deleting ${small.repository}` }).click();
  await expect(kept).toContainText('8.4 MB');
  await dialog.getByRole('button', { name: `Delete ${small.repository}` }).click();
  await expect(kept).toHaveCount(0, { timeout: 15_000 });

  // A visit does not begin with a download that nobody asked for.
  hub.requests.length = 0;
  await page.reload();
  await expect(
    studio.train.getByText(`${small.repository} was in use at the last visit.`, { exact: false }),
  ).toBeVisible();
  await studio.ready();
  expect(hub.requests).toEqual([]);
});

test('a gated model asks for a token, which is handed over and nowhere kept', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  await studio.train.getByRole('button', { name: 'Choose a model' }).click();
  const dialog = page.getByRole('dialog', { name: 'Models' });
  await dialog.getByLabel('Hub address').fill(hub.endpoint);
  await dialog.getByRole('button', { name: `Load ${gated.name}` }).click();
  await expect(dialog.getByLabel('Access token')).toBeFocused();
  await expect(dialog.getByLabel('Repository')).toHaveValue(gated.repository);
  await dialog.getByRole('button', { name: 'Load it' }).click();
  await expect(dialog.getByRole('alert')).toContainText('token');
  await dialog.getByLabel('Access token').fill(token);
  await page.keyboard.press('Enter');
  const row = dialog.getByRole('list', { name: 'Gallery' }).getByRole('listitem').filter({ hasText: gated.name });
  await expect(row.getByText('in use')).toBeVisible({ timeout: 30_000 });
  await expect(dialog.getByLabel('Access token')).toHaveValue('');
  const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
  expect(kept).toContain(gated.repository);
  expect(kept).not.toContain(token);
  // The refusals of the first attempt are what this test is about.
  studio.complaints.splice(0, studio.complaints.length, ...studio.complaints.filter((line) => !/40[13]/.test(line)));
});
