import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, fixture, test, type Studio } from './studio';

// What a person does with their own file: drop it, say how it is read, repair it, choose what is used, come back to it.

interface Dropped {
  name: string;
  bytes: Buffer;
}

const file = (name: string, text: string | Buffer): Dropped => ({ name, bytes: Buffer.from(text) });

/** Drops files on the page, as from a file manager. */
async function drop(page: Page, ...files: Dropped[]): Promise<void> {
  const sent = files.map(({ name, bytes }) => ({ name, base64: bytes.toString('base64') }));
  const transfer = await page.evaluateHandle((list) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of list) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    return transfer;
  }, sent);
  for (const type of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent('body', type, { dataTransfer: transfer });
}

const row = (user: string, answer: string, role = 'assistant'): string =>
  JSON.stringify({
    messages: [
      { role: 'user', content: user },
      { role, content: answer },
    ],
  });
const sums = Array.from({ length: 12 }, (_, at) => ({ question: `What is ${at} plus 1?`, answer: `It is ${at + 1}.` }));
const jsonl = sums.map(({ question, answer }) => row(question, answer)).join('\n');
const table = (mark: string, header: string[]): string =>
  [header, ...sums.map(({ question, answer }, at) => [`${at}`, question, answer])]
    .map((cells) => cells.join(mark))
    .join('\r\n');

const section = (studio: Studio, name: string): Locator => studio.data.getByRole('region', { name, exact: true });

/** Unfolds a section of the data pane. */
async function unfold(studio: Studio, name: string): Promise<Locator> {
  const found = section(studio, name);
  if (
    !(await found
      .locator('details')
      .first()
      .getAttribute('open')
      .then((open) => open !== null))
  )
    await found.locator('summary').first().click();
  return found;
}

async function trainedText(studio: Studio, number: number): Promise<string> {
  const tokens = await studio.tokens(number);
  return tokens
    .filter((token) => token.trained)
    .map((token) => token.text)
    .join('');
}

test('every kind of file is read, and what it was recognised as is said', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  const parquet = readFileSync(join(import.meta.dirname, '../src/formats/parquet/fixtures/snappy.parquet'));
  const parquetRows = readFileSync(join(import.meta.dirname, '../src/formats/parquet/fixtures/rows.jsonl'), 'utf8');
  const kinds: [dropped: Dropped, line: RegExp, rows: number][] = [
    [file('chat.jsonl', `\ufeff${jsonl}`), /^Format ?JSONL · messages · sure/, 12],
    [file('chat.jsonl.txt', `${jsonl}\r\n`), /^Format ?JSONL · messages · sure/, 12],
    [file('chat.json', JSON.stringify(sums, null, 1)), /^Format ?JSON array · question answer · sure/, 12],
    [file('sums.csv', table(',', ['id', 'question', 'answer'])), /^Format ?CSV · question answer · /, 12],
    [file('sums.tsv', table('\t', ['id', 'prompt', 'completion'])), /^Format ?TSV · prompt completion · /, 12],
    [file('rows.parquet', parquet), /^Format ?Parquet · /, parquetRows.trim().split('\n').length],
    [file('chat.jsonl.gz', gzipSync(jsonl)), /^Format ?JSONL, gzipped · messages · sure/, 12],
    [
      file('sums.csv.gz', gzipSync(table(',', ['id', 'question', 'answer']))),
      /^Format ?CSV, gzipped · question answer · /,
      12,
    ],
  ];
  for (const [dropped, line, rows] of kinds) {
    await drop(page, dropped);
    await expect(studio.data.getByRole('combobox', { name: 'Sample set' })).toContainText(dropped.name);
    await expect(section(studio, 'Format').locator('summary').first(), dropped.name).toContainText(line);
    await expect(studio.figure('rows'), dropped.name).toHaveText(String(rows));
    // The Parquet rows are made to be odd.
    if (!dropped.name.endsWith('parquet')) await expect(studio.figure('broken'), dropped.name).toHaveText('0');
  }
});

test('columns of an unknown table are mapped in its header, or built into turns', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  await drop(page, file('faq.csv', table(',', ['nummer', 'frage', 'antwort'])));
  await expect(studio.figure('usable')).toHaveText('0');
  // A file that is not understood shows its columns by itself.
  const format = section(studio, 'Format');
  await expect(format.getByRole('region', { name: 'Columns of the file' })).toBeVisible();
  await format.getByRole('combobox', { name: 'Format', exact: true }).selectOption('question_answer');
  await format.getByRole('combobox', { name: 'Role of column frage' }).selectOption('question');
  await expect(format.getByText('Still needed: answer.')).toBeVisible();
  await format.getByRole('combobox', { name: 'Role of column antwort' }).selectOption('answer');
  await expect(studio.figure('usable')).toHaveText('12');
  expect(await trainedText(studio, 1)).toContain('It is 1.');
  await studio.ready();

  await format.getByRole('button', { name: 'Build turns out of columns instead' }).click();
  const answer = format.getByRole('textbox', { name: 'Text of turn 2' });
  await answer.fill('Answer {{!}} ');
  await format.getByRole('button', { name: 'Insert column antwort into turn 2' }).click();
  await expect(answer).toHaveValue('Answer {{!}} {antwort}');
  await expect(async () => expect(await trainedText(studio, 1)).toContain('Answer {!} It is 1.')).toPass();
  await format.getByRole('button', { name: 'back to what was recognised' }).click();
  await expect(studio.figure('usable')).toHaveText('0');

  // A column that is recognised can be left out.
  await drop(page, file('sums.csv', table(',', ['context', 'question', 'answer'])));
  await expect(studio.figure('usable')).toHaveText('12');
  const tokens = await studio.figure('tokens').innerText();
  const context = (await unfold(studio, 'Format')).getByRole('combobox', { name: 'Role of column context' });
  await expect(context).toHaveValue('context');
  await context.selectOption('not used');
  await expect(studio.figure('tokens')).not.toHaveText(tokens);
  await expect(context).toHaveValue('');
  await expect(studio.figure('usable')).toHaveText('12');
});

test('a role nobody knows is mapped, with undo', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  await drop(page, file('bots.jsonl', [row('Hi', 'Yo', 'bot'), row('Who?', 'Me.')].join('\n')));
  await expect(studio.figure('broken')).toHaveText('1');
  const fix = section(studio, 'Problems').getByRole('button', { name: /^Read bot as assistant/ });
  await fix.click();
  await expect(studio.figure('broken')).toHaveText('0');
  await studio.ready();
  await section(studio, 'Changes').getByRole('button', { name: 'Undo' }).click();
  await expect(studio.figure('broken')).toHaveText('1');
});

test('a fix is one click, counted, undone and done again; rows left out stay in sight', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  await drop(
    page,
    file('odd.jsonl', [row('Hi', ' Yo '), row('Who?', 'Me.'), 'not json', row('Why?', 'So. ')].join('\n')),
  );
  const problems = section(studio, 'Problems');
  const changes = section(studio, 'Changes');
  const trim = problems.getByRole('button', { name: /^Trim white space/ });
  await expect(problems.getByText('data/untrimmed', { exact: true })).toBeVisible();
  await trim.click();
  await expect(problems.getByText('data/untrimmed', { exact: true })).toHaveCount(0);
  await expect(changes).toContainText('Trimmed 2 rows');
  expect(await trainedText(studio, 1)).not.toContain(' Yo ');

  await changes.getByRole('button', { name: 'Undo' }).click();
  await expect(trim).toBeVisible();
  await expect(async () => expect(await trainedText(studio, 1)).toContain(' Yo ')).toPass();
  await studio.data.getByRole('listbox', { name: 'Rows' }).focus();
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await expect(trim).toHaveCount(0);

  await problems.getByRole('button', { name: /^Leave these rows out: data\/invalid-json/ }).click();
  await expect(studio.figure('broken')).toHaveText('0');
  await expect(studio.figure('left out')).toHaveText('1');
  await expect(studio.figure('rows')).toHaveText('4');
  await expect(studio.data.getByRole('option', { name: /Broken, left out/ })).toBeVisible();
  await studio.ready();
  await page.keyboard.press('ControlOrMeta+z');
  await expect(studio.figure('broken')).toHaveText('1');
});

test('a class of problems is walked and filtered', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  const lines = Array.from({ length: 200 }, (_, at) => (at % 10 === 7 ? '{"broken"' : row(`Row ${at + 1}`, 'Yes.')));
  await drop(page, file('many.jsonl', lines.join('\n')));
  await expect(studio.figure('broken')).toHaveText('20');
  const problems = section(studio, 'Problems');
  const next = problems.getByRole('button', { name: 'Next row with data/invalid-json' });
  for (const [line, place] of [
    [8, 1],
    [18, 2],
  ]) {
    await next.click();
    await expect(problems.getByText(`row ${line}, ${place} of 20`)).toBeVisible();
    await expect(studio.data.getByRole('heading', { name: `Row ${line}, line ${line} of the file` })).toBeVisible();
  }
  await problems.getByRole('button', { name: 'only these rows' }).click();
  const list = studio.data.getByRole('listbox', { name: 'Rows' });
  await expect(list.getByRole('option').first()).toHaveAttribute('aria-setsize', '20');
  await list.focus();
  await page.keyboard.press('End');
  await expect(studio.data.getByRole('heading', { name: 'Row 198, line 198 of the file' })).toBeVisible();
  const goTo = studio.data.getByRole('textbox', { name: /^Go to row/ });
  await goTo.fill('121');
  await goTo.press('Enter');
  await expect(list.getByRole('option').first()).toHaveAttribute('aria-setsize', '200');
  await expect(studio.data.getByRole('heading', { name: 'Row 121' })).toBeVisible();
});

test('lengths are cut with the handle of the histogram, by keyboard and by pointer', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  const lines = Array.from({ length: 40 }, (_, at) => row('Count.', 'one two three '.repeat(1 + at * 2).trim()));
  await drop(page, file('long.jsonl', lines.join('\n')));
  await expect(studio.figure('rows')).toHaveText('40');
  // Of a person's own rows a tenth is held out.
  await expect(section(studio, 'Rows used')).toContainText('36 to train · 4 to validate');
  const lengths = await unfold(studio, 'Lengths');
  const handle = lengths.getByRole('slider', { name: 'Max length' });
  const knob = studio.train.getByLabel('Max length', { exact: true });
  const said = async (): Promise<number> => Number(await handle.getAttribute('aria-valuenow'));
  await handle.focus();
  await page.keyboard.press('End');
  const longest = await said();
  await expect(knob).toHaveValue(String(longest));
  await expect(lengths.getByText('40 of 40 rows fit · no answer would be cut')).toBeVisible();
  for (let press = 0; press < 6; press++) await page.keyboard.press('PageDown');
  const cut = await said();
  expect(cut).toBeLessThan(0.6 * longest);
  await expect(knob).toHaveValue(String(cut));
  await expect(handle).toHaveAttribute('aria-valuetext', /answers would be cut \(\d+ %\)/);
  const foretold = Number(/(\d+) answers would be cut/.exec((await handle.getAttribute('aria-valuetext')) ?? '')?.[1]);
  // What was foretold is what the rows then are.
  await expect(lengths.locator('summary').first()).toContainText(`${foretold} cut`);

  await handle.scrollIntoViewIfNeeded();
  const box = await handle.boundingBox();
  if (!box) throw new Error('the handle is not on screen');
  await page.mouse.move(box.x + box.width / 2, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x - 40, box.y + 20, { steps: 4 });
  const dragged = await said();
  expect(dragged).toBeLessThan(cut);
  await expect(knob).toHaveValue(String(cut));
  await page.mouse.up();
  await expect(knob).toHaveValue(String(dragged));
  await lengths.getByRole('button', { name: /^Keep every answer/ }).click();
  await expect(lengths.getByText('no answer would be cut')).toBeVisible();

  // Rows of two exchanges lose the first one, and its answer, before an answer is cut.
  const exchange = (answer: string): object[] => [
    { role: 'user', content: 'Count.' },
    { role: 'assistant', content: answer },
  ];
  const twice = JSON.stringify({ messages: [...exchange('one two three'), ...exchange('four five six')] });
  await drop(page, file('turns.jsonl', Array.from({ length: 8 }, () => twice).join('\n')));
  await expect(studio.figure('rows')).toHaveText('8');
  await unfold(studio, 'Lengths');
  await lengths.getByRole('button', { name: /^Keep every last answer/ }).click();
  await expect(lengths.getByText('0 of 8 rows fit · 8 rows lose earlier turns')).toBeVisible();
  await expect(lengths.locator('summary').first()).toContainText('8 lose turns');
  await lengths.getByRole('button', { name: /^Keep every turn/ }).click();
  await expect(lengths.getByText('8 of 8 rows fit · no answer would be cut')).toBeVisible();
});

test('train and validation files together, then a refresh: everything is found as it was', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  await drop(
    page,
    file('faq_dev.csv', table(',', ['nummer', 'question', 'answer']).split('\r\n').slice(0, 4).join('\n')),
    file('faq.csv', table(',', ['nummer', 'frage', 'antwort'])),
  );
  await expect(studio.data.getByText('faq_dev.csv is held out for validation')).toBeVisible();
  const format = section(studio, 'Format');
  await format.getByRole('combobox', { name: 'Format', exact: true }).selectOption('question_answer');
  await format.getByRole('combobox', { name: 'Role of column frage' }).selectOption('question');
  await format.getByRole('combobox', { name: 'Role of column antwort' }).selectOption('answer');
  await expect(studio.figure('usable')).toHaveText('12');
  const used = await unfold(studio, 'Rows used');
  await expect(used.getByText(/^faq_dev\.csv, .*/)).toBeVisible();
  const shortest = used.getByRole('textbox', { name: 'Shortest row in tokens' });
  await shortest.fill('500');
  await shortest.press('Enter');
  await expect(studio.figure('left out')).toHaveText('12');
  await section(studio, 'Changes').getByRole('button', { name: 'Undo' }).click();
  await expect(studio.figure('usable')).toHaveText('12');
  const longest = used.getByRole('textbox', { name: 'Longest row in tokens' });
  await longest.fill('5000');
  await longest.press('Enter');
  await studio.setKnob('Epochs', '7');
  await expect(section(studio, 'Changes')).toContainText('Kept rows up to 5000 tokens long');
  const before = await section(studio, 'Rows used').locator('summary').first().innerText();
  const tokens = await studio.tokens(1);
  // Files and changes are written beside the work; nothing on the page waits for it.
  await expect.poll(() => keptFolders(page)).toEqual(expect.arrayContaining(['data-file', 'validation-file']));
  await page.waitForTimeout(500);

  await page.reload();
  await studio.ready();
  await expect(studio.data.getByRole('combobox', { name: 'Sample set' })).toContainText('faq.csv');
  await expect(studio.figure('usable')).toHaveText('12');
  await expect(section(studio, 'Format').locator('summary').first()).toContainText(
    'CSV · question answer · as you chose',
  );
  await expect(section(studio, 'Changes')).toContainText('Kept rows up to 5000 tokens long');
  await expect(section(studio, 'Rows used').locator('summary').first()).toHaveText(before.replace(/\s*\n\s*/g, ''));
  expect(await studio.tokens(1)).toEqual(tokens);
  await expect(studio.train.getByLabel('Epochs', { exact: true })).toHaveValue('7');
  await expect((await unfold(studio, 'Rows used')).getByText(/^faq_dev\.csv, .*/)).toBeVisible();
  await section(studio, 'Changes').getByRole('button', { name: 'Undo' }).click();
  await expect(section(studio, 'Changes').getByRole('button', { name: /^Redo/ })).toBeVisible();
});

/** Folders that the page keeps beyond a refresh. */
const keptFolders = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const root = await (await navigator.storage.getDirectory()).getDirectoryHandle('tunesmith');
    const names: string[] = [];
    for await (const name of root.keys()) names.push(name);
    return names;
  });

test('the report, the broken rows and the data as used can be taken away', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  await drop(page, file('odd.jsonl', [row('Hi', 'Yo'), '{"broken"', row('Who?', 'Me.')].join('\n')));
  await expect(studio.figure('broken')).toHaveText('1');
  const used = await unfold(studio, 'Rows used');
  const take = async (name: string): Promise<{ name: string; text: string }> => {
    const arrival = page.waitForEvent('download');
    await used.getByRole('button', { name }).click();
    const download = await arrival;
    return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
  };
  const report = await take('Report (Markdown)');
  expect(report.name).toBe('odd.report.md');
  expect(report.text).toContain('data/invalid-json');
  expect(JSON.parse((await take('Report (JSON)')).text)).toBeTruthy();
  const broken = await take('Broken rows (JSONL)');
  expect(broken.text.trim().split('\n')).toHaveLength(1);
  expect(broken.text).toContain('data/invalid-json');
  const taken = await take('Data as used (JSONL)');
  expect(taken.name).toBe('odd.used.jsonl');
  const lines = taken.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { messages: unknown[] });
  expect(lines.map(({ messages }) => messages.length)).toEqual([2, 2]);
});

test('a folder is refused by name, and the data in use stays', async ({ studio, page }) => {
  await studio.open('wasm');
  await studio.ready();
  const rows = await studio.figure('rows').innerText();
  await page.evaluate(() => {
    const transfer = {
      types: ['Files'],
      files: [],
      items: [{ webkitGetAsEntry: () => ({ isDirectory: true, name: 'my-data' }) }],
    };
    const event = new Event('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(event, 'dataTransfer', { value: transfer });
    document.body.dispatchEvent(event);
  });
  await expect(page.getByText('a file is needed, got a folder')).toBeVisible();
  await expect(studio.figure('rows')).toHaveText(rows);
});

for (const [colorScheme, width] of [
  ['light', 1440],
  ['dark', 390],
] as const)
  test(`the open data pane has no accessibility violation and fits, ${colorScheme}, ${width} px`, async ({
    studio,
    page,
  }) => {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await studio.open('wasm');
    await expect(studio.figure('rows')).toBeVisible({ timeout: 60_000 });
    await studio.drop(fixture('broken.jsonl'));
    await expect(studio.figure('rows')).toHaveText('12');
    await section(studio, 'Problems')
      .getByRole('button', { name: /^Leave these rows out/ })
      .first()
      .click();
    await expect(section(studio, 'Changes')).toBeVisible();
    for (const name of ['Format', 'Rows used', 'Lengths']) await unfold(studio, name);
    await expect(studio.data.getByRole('slider', { name: 'Max length' })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const pane = await studio.data.evaluate((element) => element.scrollWidth - element.clientWidth);
    expect(pane).toBeLessThanOrEqual(0);
    const results = await new AxeBuilder({ page })
      .include('#pane-data')
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    expect(results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
  });
