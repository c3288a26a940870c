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

test('the live view: charts with exact values, files, discard with undo, accessible during and after a run', async ({
  studio,
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await studio.open('wasm');
  await studio.ready();
  await studio.drop(fixture('island.jsonl'));
  await studio.setKnob('Epochs', '20');
  const steps = await studio.ready();
  await studio.fineTune.click();

  // While it trains: paused by the discard, taken back, goes on.
  const train = studio.train;
  await expect(train.getByRole('application')).toBeVisible({ timeout: 60_000 });
  await train.getByRole('button', { name: 'Stop and discard' }).click();
  await train.getByRole('button', { name: 'Undo discarding' }).click();
  await train.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(train.getByRole('radiogroup', { name: 'Pace' })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await train.getByRole('button', { name: 'Resume', exact: true }).click();
  expect(await studio.runEnd(120_000)).toContain(`Done after ${steps} steps`);

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
