import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import AxeBuilder from '@axe-core/playwright';
import { startStaticServer } from '../headless/staticServer';
import { dist } from './globalSetup';
import { expect, fixture, Studio, test } from './studio';

/** Gzipped kilobytes of script and style that the page asks for before it draws anything. */
const firstPictureKilobytes = 230;

test('the first picture needs no more than its budget of script and style', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const files = [...page.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.(?:js|css))"/g)].map(([, file = '']) => file);
  expect(files.filter((file) => file.endsWith('.js')).length).toBeGreaterThan(0);
  expect(files.filter((file) => file.endsWith('.css')).length).toBeGreaterThan(0);
  const sizes = files.map((file) => ({ file, bytes: gzipSync(readFileSync(join(dist, file))).length }));
  const total = sizes.reduce((sum, { bytes }) => sum + bytes, 0) / 1000;
  console.log(`first picture: ${total.toFixed(1)} kB gzipped`);
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(firstPictureKilobytes);
});

test('a part of the page that could not be fetched says so and can be asked for again', async ({ page }) => {
  // Without a console that must stay silent: the browser itself complains of the request that fails here.
  const studio = new Studio(page);
  let refused = 0;
  await page.route(/RunsContents-[^/]+\.js$/, (route) => {
    refused += 1;
    return route.abort('connectionfailed');
  });
  await studio.open('wasm');
  await expect.poll(() => refused, { message: 'fetched ahead, before anybody asks' }).toBeGreaterThan(0);
  await page.locator('header.top').getByRole('button', { name: 'Runs' }).click();
  const dialog = page.getByRole('dialog', { name: 'Runs' });
  await expect(dialog.getByRole('alert')).toContainText('The runs: this part of the page could not be fetched');
  await page.unroute(/RunsContents-[^/]+\.js$/);
  await dialog.getByRole('button', { name: 'Load it again' }).click();
  await expect(dialog.getByText('No runs yet.')).toBeVisible();
});

test('trains without a network once it has loaded', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.drop(fixture('island.jsonl'));
  await studio.ready();
  await studio.setKnob('Epochs', '1');
  const steps = await studio.ready();
  await page.waitForFunction(() =>
    ['TimeChart', 'RunsContents', 'ModelsContents'].every((part) =>
      performance.getEntriesByType('resource').some(({ name }) => name.includes(part)),
    ),
  );
  await page.waitForLoadState('networkidle');
  await page.context().setOffline(true);
  await studio.fineTune.click();
  expect(await studio.runEnd(120_000)).toContain(`Done after ${steps} steps`);
  await expect(studio.train.getByRole('application', { name: /^Loss curve/ })).toBeVisible();
  await page.locator('header.top').getByRole('button', { name: 'Runs' }).click();
  await expect(page.getByRole('dialog', { name: 'Runs' }).getByRole('list', { name: 'Kept runs' })).toBeVisible();
});

test('a broken file shows every error by its class and line, and trains only with consent', async ({ studio }) => {
  await studio.open('wasm');
  await studio.ready();
  await studio.drop(fixture('broken.jsonl'));
  await expect(studio.figure('rows')).toHaveText('12');
  await expect(studio.figure('broken')).toHaveText('10');
  const problems = studio.data.getByRole('region', { name: 'Problems' });
  for (const code of [
    'data/invalid-json',
    'data/not-an-object',
    'data/missing-messages',
    'data/wrong-type',
    'data/empty-conversation',
    'data/message-not-an-object',
    'data/missing-role',
    'data/missing-content',
    'data/no-assistant',
  ])
    await expect(problems.getByText(code, { exact: true })).toBeVisible();

  await problems.getByRole('button', { name: 'row 9', exact: true }).first().click();
  await expect(studio.data.getByRole('heading', { name: 'Row 9, line 9 of the file' })).toBeVisible();
  await expect(studio.data.getByText('messages[0].content').first()).toBeVisible();

  await expect(studio.train.locator('p.why', { hasText: /^Not ready: 10 rows are broken/ })).toBeVisible();
  await expect(studio.fineTune).toHaveAttribute('aria-disabled', 'true');
  await problems.getByRole('checkbox').check();
  await expect(studio.train.getByText(/^Ready: \d+ steps? over 2 rows/)).toBeVisible();
});

test('the broken sample set names all its mistakes', async ({ studio }) => {
  await studio.open('wasm');
  await studio.ready();
  await studio.data.getByRole('combobox', { name: 'Sample set' }).selectOption('broken');
  await expect(studio.figure('rows')).toHaveText('49');
  await expect(studio.figure('broken')).toHaveText('27');
  const problems = studio.data.getByRole('region', { name: 'Problems' });
  for (const code of [
    'data/not-utf8',
    'data/bad-tool-call',
    'data/unknown-role',
    'data/control-token',
    'data/lone-surrogate',
  ])
    await expect(problems.getByText(code, { exact: true })).toBeAttached();
  await expect(studio.fineTune).toHaveAttribute('aria-disabled', 'true');
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`has no accessibility violation, ${colorScheme}`, async ({ studio, page }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await studio.open('wasm');
    await studio.ready();
    const results = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    expect(results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  });

test('fits 390 pixels: three tabs, nothing wider than the screen', async ({ studio, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await studio.open('wasm');
  const tabs = page.getByRole('tab');
  await expect(tabs).toHaveText(['Data', 'Train', 'Chat']);
  for (const name of ['Train', 'Chat', 'Data']) {
    await page.getByRole('tab', { name }).click();
    await expect(page.getByRole('tabpanel', { name })).toBeVisible();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width, name).toBeLessThanOrEqual(390);
  }
});

test('can be used by keyboard alone', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  /** Presses Tab until the wanted element has the focus. */
  const tabTo = async (description: string, isIt: () => boolean) => {
    for (let press = 0; press < 80; press++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(isIt)) return;
    }
    throw new Error(`${description}: not reached by Tab`);
  };
  await tabTo('the rows', () => document.activeElement?.getAttribute('aria-label') === 'Rows');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(studio.data.getByRole('heading', { name: 'Row 3' })).toBeVisible();
  await tabTo('the tokens', () => document.activeElement?.getAttribute('aria-label') === 'Tokens of row 3');
  await page.keyboard.press('End');
  await expect(studio.data.getByRole('status', { name: 'Token' })).toContainText(/id\s*\d+/);
  await tabTo('the primary button', () => document.activeElement?.textContent?.trim() === 'Fine-tune');
  await page.keyboard.press('Enter');
  await expect(studio.train.getByRole('button', { name: 'Stop', exact: true })).toBeVisible();
  await tabTo('Stop', () => document.activeElement?.textContent?.trim() === 'Stop');
  await page.keyboard.press('Enter');
  expect(await studio.runEnd(60_000)).toContain('Stopped after');
});

test('runs repeat, the adapter leaves as a PEFT folder, comes back from it and is trained further', async ({
  studio,
  page,
}) => {
  await studio.open('wasm');
  await studio.ready();
  await studio.drop(fixture('island.jsonl'));
  await studio.setKnob('Epochs', '3');
  const steps = await studio.ready();
  const run = async (): Promise<number[]> => {
    await studio.fineTune.click();
    // The words of the run before stand there until this one has begun.
    await expect(studio.train.getByRole('button', { name: 'Stop', exact: true })).toBeVisible();
    expect(await studio.runEnd(120_000)).toContain(`Done after ${steps} steps`);
    return studio.losses();
  };
  const first = await run();
  expect(first).toHaveLength(steps);
  await expect(studio.train.getByRole('button', { name: 'Fine-tune again' })).toBeVisible();
  expect(await run()).toEqual(first);

  const arrival = page.waitForEvent('download');
  await studio.train.getByRole('button', { name: 'Download adapter' }).click();
  const download = await arrival;
  expect(download.suggestedFilename()).toMatch(/^tunesmith-adapter-.*\.zip$/);
  const zip = readFileSync(await download.path());
  const files = unzipStored(zip);
  const names = [...files.keys()].map((name) => name.replace(/^adapter\//, '')).sort();
  for (const name of [
    'README.md',
    'adapter_config.json',
    'adapter_model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ])
    expect(names).toContain(name);
  const config = JSON.parse(files.get('adapter/adapter_config.json')?.toString() ?? '') as Record<string, unknown>;
  expect(config).toMatchObject({
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    r: 16,
    bias: 'none',
    fan_in_fan_out: false,
  });
  const weights = files.get('adapter/adapter_model.safetensors') ?? Buffer.alloc(0);
  const headerBytes = Number(weights.readBigUInt64LE(0));
  const header = JSON.parse(weights.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  delete header['__metadata__'];
  // Seven linears of four blocks, two factors each; the last byte of the last tensor is the last of the file.
  expect(Object.keys(header)).toHaveLength(2 * 7 * 4);
  expect(header['base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight']).toMatchObject({
    dtype: 'F32',
    shape: [16, 256],
  });
  expect(Math.max(...Object.values(header).map(({ data_offsets }) => data_offsets[1]))).toBe(
    weights.length - 8 - headerBytes,
  );

  const adapter = studio.train.getByRole('region', { name: 'Adapter' });
  await adapter.getByRole('button', { name: 'Remove adapter' }).click();
  const name = 'island.zip';
  await adapter.getByLabel('Choose an adapter zip').setInputFiles({ name, mimeType: 'application/zip', buffer: zip });
  await expect(adapter.getByText(`From ${name}.`)).toBeVisible();
  await studio.train.getByRole('radio', { name: 'From this adapter' }).click();
  const further = await run();
  expect(further).toHaveLength(steps);
  // It begins where the adapter was left, and the base model far above.
  expect(further[0]).toBeLessThan(((first[0] ?? 0) + (first.at(-1) ?? 0)) / 2);
});

test('works on a host that cannot set headers', async ({ page }) => {
  const server = await startStaticServer({ root: dist, base: '/plain/', isolation: false });
  try {
    const studio = new Studio(page);
    await studio.open('wasm', server.url);
    await studio.ready();
    const { base } = await studio.ask('What is the opposite of hot?');
    expect(base).toMatch(/cold/i);
    expect(studio.complaints).toEqual([]);
  } finally {
    await server.close();
  }
});

/** Entries of a zip whose entries are stored, not compressed, by the central directory (APPNOTE 4.3). */
function unzipStored(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [size, nameBytes, extraBytes, commentBytes] = [
      zip.readUInt32LE(at + 24),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
      zip.readUInt16LE(at + 32),
    ];
    const name = zip.subarray(at + 46, at + 46 + nameBytes).toString();
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    if (zip.readUInt16LE(at + 10) !== 0) throw new Error(`${name}: is compressed`);
    files.set(name, zip.subarray(start, start + size));
    at += 46 + nameBytes + extraBytes + commentBytes;
  }
  return files;
}
