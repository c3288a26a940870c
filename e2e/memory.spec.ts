import type { Backend } from './studio';
import { expect, fixture, test } from './studio';

// Too little memory: said before the run, failed on as on a full device, and mended by the settings that the page suggests.

const fits = /A run takes [\d.]+ (kB|MB) of [\d.]+ (kB|MB|GB):\s*fits/;
const megabytes = (text: string, pattern: RegExp): number => {
  const found = pattern.exec(text);
  if (!found) throw new Error(`${String(pattern)} is not in: ${text}`);
  return Number(found[1]) * (found[2] === 'kB' ? 1e-3 : 1);
};

test('a run that does not fit says so, fails without harm, and trains with the suggested settings', async ({
  studio,
  page,
}, info) => {
  test.setTimeout(300_000);
  await studio.open(info.project.metadata['backend'] as Backend);
  await studio.ready();
  await studio.drop(fixture('island.jsonl'));
  await expect(studio.figure('rows')).toHaveText('8');
  await studio.setKnob('Epochs', '2');
  await studio.ready();
  const memory = studio.train.getByRole('region', { name: 'Memory' });
  await expect(memory).toContainText(fits);
  const needed = megabytes(await memory.innerText(), /A run takes ([\d.]+) (kB|MB) of/);

  const device = page.getByRole('banner').getByText('Device', { exact: true });
  await device.click();
  const limit = page.getByLabel('Use at most');
  await limit.fill(String((0.85 * needed) / 1000));
  await limit.press('Enter');
  await expect(memory).toContainText('won’t fit');
  await expect(memory.getByRole('button', { name: 'Use settings that fit' })).toBeVisible();
  await page.keyboard.press('Escape');

  await studio.fineTune.click();
  const failure = await studio.runEnd(120_000);
  expect(failure).toMatch(/need \d+ MB, but \d+ MB may be used/);
  const alert = studio.train.getByRole('region', { name: 'Run', exact: true }).getByRole('alert');
  await expect(alert.getByText('device/out-of-memory')).toBeAttached();
  await alert.getByRole('button', { name: 'Use settings that fit' }).click();

  await expect(memory).toContainText(fits);
  await expect(memory.getByRole('button', { name: 'Undo' })).toBeVisible();
  await studio.ready();
  await studio.fineTune.click();
  expect(await studio.runEnd(240_000)).toContain('Done after');
  await expect(memory).toContainText('Last run: forecast');
  const share = /\((\d+) % of it\)/.exec(await memory.innerText());
  expect(Number(share?.[1])).toBeGreaterThanOrEqual(90);
  expect(Number(share?.[1])).toBeLessThanOrEqual(110);
});
