/** Storage that fails: it is full, it is not there, it hands back something else than was written. The run goes on, and says so. */
import type { BrowserContext, Page } from '@playwright/test';
import { computed, harmCheckpoint, readDisk } from './keptRuns';
import { expect, test } from './studio';
import { Life, shortRun } from './survivor';

const steps = 12;

/** A tab of the test's own browser, with these settings. */
async function lifeIn(context: BrowserContext, page: Page): Promise<Life> {
  await context.addInitScript(
    (edits) => localStorage.setItem('tunesmith.recipeEdits', edits),
    JSON.stringify(shortRun(steps)),
  );
  const life = new Life({ page: () => Promise.resolve(page), kill: () => Promise.resolve() }, 'wasm');
  await life.begin();
  return life;
}

/** What the run's log says, opened as a person does. */
async function expectInLog(life: Life, words: RegExp): Promise<void> {
  const log = life.studio.train.locator('details.run-log');
  if ((await log.getAttribute('open')) === null) await log.locator('summary').click();
  await expect(log.locator('li', { hasText: words }).first()).toBeVisible();
}

test('a full disk: the run goes on without checkpoints and says what it needs', async ({ page, context }) => {
  const life = await lifeIn(context, page);
  await life.studio.ready();
  const session = await context.newCDPSession(page);
  const origin = new URL(page.url()).origin;
  const used = await page.evaluate(async () => (await navigator.storage.estimate()).usage ?? 0);
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: used + 1.5e6 });
  await life.start();
  const disk = await life.end(steps);
  await expectInLog(life, /needs \d+\.\d MB of this browser's storage, got \d+\.\d MB free; delete runs/);
  expect(disk.orphans).toEqual([]);
  expect(disk.damaged).toEqual([]);
  expect(disk.runs[0]?.checkpoints).toEqual([]);
  expect(disk.runs[0]?.events.filter(({ event }) => event === 'step')).toHaveLength(steps);
});

test('no private files at all: the run is made, and the page says that nothing is kept', async ({ page, context }) => {
  const refuse =
    "navigator.storage.getDirectory = () => Promise.reject(new DOMException('not here', 'SecurityError'));\n";
  await context.addInitScript(refuse);
  await context.route('**/*.worker-*.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: refuse + (await response.text()) });
  });
  const life = await lifeIn(context, page);
  await life.start();
  expect(await life.studio.runEnd(120_000)).toContain(`Done after ${steps} steps`);
  expect(await life.studio.losses()).toHaveLength(steps);
  await expectInLog(life, /the browser gives this page no files of its own/);
});

test('checkpoints that were cut and altered: the one before them is used, and both are named', async ({
  page,
  context,
}) => {
  const life = await lifeIn(context, page);
  await life.start();
  const [whole] = (await life.end(steps)).runs;

  await life.start();
  await life.reach(6);
  await life.suffer('end the worker');
  const offer = life.studio.train.getByRole('region', { name: 'Interrupted run' });
  await expect(offer).toBeVisible();
  const cut = (await readDisk(page)).runs.find(({ record }) => record.id !== whole?.record.id);
  const [oldest, altered, truncated] = cut?.checkpoints ?? [];
  if (!cut || !oldest || !altered || !truncated) throw new Error('three checkpoints are expected');
  await harmCheckpoint(page, cut.record.id, truncated.file, { cutTo: truncated.bytes - 1000 });
  await harmCheckpoint(page, cut.record.id, altered.file, { alterAt: Math.floor(altered.bytes / 2) });

  await life.goOn();
  const disk = await life.end(steps);
  await expectInLog(life, new RegExp(`checkpoint of step ${truncated.step}: .*must be ${truncated.bytes} bytes long`));
  await expectInLog(life, new RegExp(`checkpoint of step ${altered.step}: .*checksum does not match`));
  expect(disk.orphans).toEqual([]);
  expect(disk.damaged).toEqual([]);
  const [first, second] = disk.runs.sort((one, two) => one.record.createdAt - two.record.createdAt);
  expect(second && computed(second)).toEqual(first && computed(first));
});
