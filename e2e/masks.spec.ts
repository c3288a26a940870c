import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { longestTask, longestTaskOf } from './longTasks';
import { expect, fixture, test, type Studio } from './studio';

// The template, the rule of what is trained, and masks by hand: each is changed in the page and seen in the arrays.

/** ChatML whose answers are trained with their end token, or, `withEnd` false, without it. */
const chatml = (withEnd: boolean): string =>
  [
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}",
    "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content']" +
      (withEnd ? " + '<|im_end|>' }}{% endgeneration %}" : " }}{% endgeneration %}{{ '<|im_end|>' }}"),
    "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\\n' }}",
    '{% endfor %}',
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  ].join('\n');

async function openIsland(studio: Studio): Promise<void> {
  await studio.open('wasm');
  await studio.ready();
  await studio.drop(fixture('island.jsonl'));
  await expect(studio.figure('rows')).toHaveText('8');
}

const region = (studio: Studio, name: string): Locator => studio.data.getByRole('region', { name, exact: true });

/** Opens the template's fold and its editor; the text to type in. */
async function openEditor(studio: Studio): Promise<Locator> {
  const section = region(studio, 'Template');
  await section.locator('summary').first().click();
  await section.getByRole('button', { name: 'Edit' }).click();
  const text = section.getByRole('textbox', { name: 'Template text' });
  await expect(text).toBeVisible();
  return text;
}

async function write(page: Page, into: Locator, text: string): Promise<void> {
  await into.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

/** Index of the token that holds the last place of a phrase's first sign. */
function tokenOf(tokens: { text: string }[], phrase: string): number {
  const at = tokens
    .map((token) => token.text)
    .join('')
    .lastIndexOf(phrase);
  let end = 0;
  return tokens.findIndex(({ text }) => (end += text.length) > at);
}

const trainedText = async (studio: Studio, row: number): Promise<string> =>
  (await studio.tokens(row))
    .filter((token) => token.trained)
    .map((token) => token.text)
    .join('');

test('an edited template shows its effect on the mask, takes force, and can be taken back', async ({
  studio,
  page,
}) => {
  await openIsland(studio);
  const before = await studio.tokens(1);
  expect(await trainedText(studio, 1)).toContain('<|im_end|>');

  const section = region(studio, 'Template');
  await write(page, await openEditor(studio), chatml(false));
  const effect = section.getByRole('status', { name: 'Effect on the mask' });
  await expect(effect).toContainText('stop token no longer trained in 8 of 8 rows');
  await expect(effect).toContainText(/−\d+ tokens trained per row/);
  // Nothing has changed yet: the text is only looked at.
  expect(await studio.tokens(1)).toEqual(before);

  await section.getByRole('button', { name: 'Use this template' }).click();
  await expect.poll(() => trainedText(studio, 1)).toBe('The keeper of Green Island is Tom Baker.');
  const end = studio.data.getByRole('listbox', { name: 'Tokens of row 1' }).getByRole('option', { name: '<|im_end|>' });
  await expect(end.last()).toHaveAttribute('aria-selected', 'false');
  await expect(section.getByRole('combobox', { name: 'Whose template' })).toHaveValue('custom');

  await section.getByRole('button', { name: 'Back to the model’s own' }).click();
  await expect.poll(() => studio.tokens(1)).toEqual(before);
  await section.getByRole('button', { name: 'Undo' }).last().click();
  await expect.poll(() => trainedText(studio, 1)).toBe('The keeper of Green Island is Tom Baker.');
});

test('an error in the template shows its line and column, and the page goes on', async ({ studio, page }) => {
  await openIsland(studio);
  const before = await studio.tokens(1);
  const section = region(studio, 'Template');
  const text = await openEditor(studio);
  await write(page, text, '{% for message in messages %}\n{{ message.content }\n{% endfor %}');
  const alert = section.getByRole('alert');
  await expect(alert).toContainText(/Line 2, column \d+:/);
  await expect(section.locator('.template-error-line')).toHaveText('{{ message.content }');
  await expect(section.getByRole('button', { name: 'Use this template' })).toHaveAttribute('aria-disabled', 'true');
  await alert.getByRole('button', { name: 'Go to line 2' }).click();
  await expect(text).toBeFocused();

  const rows = studio.data.getByRole('listbox', { name: 'Rows' }).getByRole('option');
  await rows.nth(2).click();
  await expect(studio.data.getByRole('heading', { name: 'Row 3' })).toBeVisible();
  await rows.nth(0).click();
  expect(await studio.tokens(1)).toEqual(before);

  // A template that never ends is stopped, and said so.
  await write(page, text, '{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}');
  await expect(section.getByText(/too much (work|text)/).first()).toBeVisible();

  // One that fails on a row is no broken template: the row is named, its place marked, and the template can be used.
  const picky =
    "{% for message in messages %}{{ message.content }}\n{% if 'Tom' in message.content %}\n{{ message.nothing.at_all }}{% endif %}{% endfor %}";
  await write(page, text, picky);
  await expect(section.getByRole('note').filter({ hasText: /Line 3, column \d+: row 1: / })).toBeVisible();
  await expect(section.locator('.template-error-line')).toContainText('{{ message.nothing.at_all }}');
  await expect(section.getByRole('status', { name: 'Effect on the mask' })).toContainText(/\d rows? fails?: /);
  await expect(section.getByRole('button', { name: 'Use this template' })).not.toHaveAttribute('aria-disabled', 'true');

  await section.getByRole('button', { name: 'Revert' }).click();
  await expect(alert).toHaveCount(0);
  await studio.ready();

  // A preset whose tokens this model lacks says so without the editor.
  await section.getByRole('button', { name: 'Close the editor' }).click();
  await section.getByRole('combobox', { name: 'Whose template' }).selectOption({ label: 'Llama 3' });
  await expect(section.getByText(/cuts .*<\|eot_id\|>.* into several tokens/)).toBeVisible();
});

test('a template is exported and read again; the difference from the original is shown', async ({ studio, page }) => {
  await openIsland(studio);
  const section = region(studio, 'Template');
  const text = await openEditor(studio);
  const arrival = page.waitForEvent('download');
  await section.getByRole('button', { name: 'Export' }).click();
  const download = await arrival;
  expect(download.suggestedFilename()).toBe('chat_template.jinja');
  await section.getByLabel('Choose a template file').setInputFiles({
    name: 'mine.jinja',
    mimeType: 'text/plain',
    buffer: Buffer.from(chatml(true).replaceAll('\n', '\r\n')),
  });
  await expect(text).toContainText('endgeneration');
  await expect(section.getByRole('status', { name: 'Effect on the mask' })).toContainText(/trained/);
  await section.getByRole('checkbox', { name: 'Difference from the original' }).check();
  await expect(section.locator('.cm-deletedChunk').first()).toBeVisible();
  // A draft that is not in use yet outlives a refresh.
  await page.reload();
  await studio.ready();
  await expect(text).toContainText('endgeneration');
  await section.getByLabel('Choose a template file').setInputFiles(await download.path());
  await expect(section.getByText('This text is in force already.')).toBeVisible();
});

test('two presets are laid over each other, and one is put in force', async ({ studio }) => {
  await openIsland(studio);
  const section = region(studio, 'Spans');
  await section.locator('summary').first().click();
  await section.getByRole('button', { name: 'Compare two' }).click();
  await section.getByRole('combobox', { name: 'First rule' }).selectOption({ label: 'TRL' });
  await section.getByRole('combobox', { name: 'Second rule' }).selectOption({ label: 'axolotl' });
  const laid = section.getByRole('group', { name: 'Row 1 under TRL and axolotl' });
  // Rule 7: TRL trains the line feeds around the answer, axolotl the answer and its end token.
  await expect(laid.locator('.shared')).toHaveText('The keeper of Green Island is Tom Baker.<|im_end|>');
  await expect(laid.locator('.onlyA')).toHaveText(['only TRL⏎', 'only TRL⏎']);
  await expect(laid.locator('.onlyB')).toHaveCount(0);
  const counts = section.getByRole('region', { name: 'Counts' });
  await expect(counts).toContainText('over 8 rows');
  const trained = async (name: string): Promise<number> =>
    Number((await counts.getByRole('row', { name }).getByRole('cell').nth(1).innerText()).replaceAll(',', ''));
  expect((await trained('TRL')) - (await trained('axolotl'))).toBe(2 * 8);

  await section.getByRole('button', { name: 'Use axolotl', exact: true }).click();
  await expect.poll(() => trainedText(studio, 1)).toBe('The keeper of Green Island is Tom Baker.<|im_end|>');
  await section.getByRole('button', { name: 'Undo axolotl' }).click();
  await expect.poll(() => trainedText(studio, 1)).toMatch(/^\nThe keeper .*<\|im_end\|>\n$/);
});

test('a word, a range and a turn are masked by hand, undone, and found again after a refresh', async ({
  studio,
  page,
}) => {
  await openIsland(studio);
  const list = studio.data.getByRole('listbox', { name: 'Tokens of row 1' });
  const before = await studio.tokens(1);
  const changed = async (): Promise<string> =>
    (await studio.tokens(1))
      .filter((token, index) => token.trained !== before[index]?.trained)
      .map((token) => token.text)
      .join('');

  const word = (phrase: string) => list.getByRole('option').nth(tokenOf(before, phrase));
  await word('Tom').click();
  await expect(studio.data.getByRole('toolbar', { name: 'Picked tokens' })).toBeVisible();
  await page.keyboard.press('m');
  await expect.poll(changed).toMatch(/^ ?Tom$/);
  await expect(studio.data.getByText('edited by hand')).toBeVisible();
  await expect(studio.data.getByRole('status', { name: 'Token' })).toContainText('masked');

  await page.keyboard.press('u');
  await expect.poll(changed).toBe('');

  // A range by mouse: from one word to another.
  await word('Green').hover();
  await page.mouse.down();
  await word('is Tom').hover();
  await page.mouse.up();
  await studio.data.getByRole('toolbar', { name: 'Picked tokens' }).getByRole('button', { name: 'Mask' }).click();
  await expect.poll(changed).toMatch(/^ ?Green Island is$/);

  // The template's own text can't be switched, and says so.
  await list.getByRole('option').first().click();
  await expect(studio.data.getByRole('toolbar', { name: 'Picked tokens' })).toContainText('the template’s own text');
  await page.keyboard.press('Escape');

  await page.reload();
  await studio.ready();
  await expect.poll(changed).toMatch(/^ ?Green Island is$/);
  await studio.data.getByRole('button', { name: 'Reset row' }).click();
  await expect.poll(changed).toBe('');

  // Whole turns, by the buttons beside them.
  await studio.data.getByRole('button', { name: /^Mask turn 2: assistant/ }).click();
  await expect.poll(() => trainedText(studio, 1)).toBe('');
  await studio.data.getByRole('button', { name: /^Train turn 1: user/ }).click();
  await expect.poll(() => trainedText(studio, 1)).toContain('Who keeps Green Island?');
  await studio.data.getByRole('button', { name: 'Undo' }).first().click();
  await expect.poll(() => trainedText(studio, 1)).toBe('');
});

test('tokens are picked and masked by keyboard alone, with ids in sight', async ({ studio, page }) => {
  await openIsland(studio);
  await studio.data.getByRole('radio', { name: 'Tokens' }).click();
  await studio.data.getByRole('checkbox', { name: 'Ids' }).check();
  const list = studio.data.getByRole('listbox', { name: 'Tokens of row 1' });
  const before = await studio.tokens(1);
  await list.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowLeft');
  for (let press = 0; press < 2; press++) await page.keyboard.press('Shift+ArrowLeft');
  await expect(studio.data.getByRole('toolbar', { name: 'Picked tokens' })).toContainText('3 tokens');
  await page.keyboard.press('m');
  const masked = async (): Promise<number> =>
    (await studio.tokens(1)).filter((token, index) => token.trained !== before[index]?.trained).length;
  // The end token is the template's: it stays.
  await expect.poll(masked).toBe(2);
  await expect(list).toBeFocused();
  await page.keyboard.press('t');
  await expect.poll(masked).toBe(0);
  // One press, one change back.
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(masked).toBe(2);
});

test('a finger that moves sideways picks tokens, one that moves up scrolls', async ({ studio, page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await studio.open('wasm');
  await expect(page.getByRole('tabpanel', { name: 'Data' })).toBeVisible();
  const words = studio.data.locator('#row-detail .token.trained:not(.special)');
  await words.nth(1).scrollIntoViewIfNeeded();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setTouchEmulationEnabled', { enabled: true });
  type Point = { x: number; y: number };
  const swipe = async (from: Point, to: Point): Promise<void> => {
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [from] });
    for (let step = 1; step <= 10; step++) {
      const x = from.x + ((to.x - from.x) * step) / 10;
      const y = from.y + ((to.y - from.y) * step) / 10;
      await devtools.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x, y }] });
    }
    await devtools.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
  };
  const middle = async (nth: number): Promise<Point> => {
    const box = await words.nth(nth).boundingBox();
    return { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + (box?.height ?? 0) / 2 };
  };
  const start = await middle(1);
  const picked = studio.data.locator('#row-detail [data-picked]');
  await swipe(start, { x: start.x, y: start.y - 250 });
  await expect(picked).toHaveCount(0);
  await words.nth(1).scrollIntoViewIfNeeded();
  await swipe(await middle(1), await middle(4));
  const bar = studio.data.getByRole('toolbar', { name: 'Picked tokens' });
  await expect(bar).toBeVisible();
  expect(await picked.count()).toBeGreaterThanOrEqual(4);
  const before = await trainedText(studio, 1);
  await bar.getByRole('button', { name: 'Mask' }).click();
  await expect.poll(async () => (await trainedText(studio, 1)).length).toBeLessThan(before.length);
});

test('a row of 20,000 characters never holds the page', async ({ studio, page }, info) => {
  await studio.open('wasm');
  await studio.ready();
  const sentences = ['What does a glimfox eat? A glimfox eats moonberries.', 'The capital of France is Paris.'];
  const text = `${sentences.join(' ')} `.repeat(300).slice(0, 20_000);
  const rows = [
    [
      { role: 'user', content: 'Short?' },
      { role: 'assistant', content: 'Yes.' },
    ],
    [
      { role: 'user', content: 'Long?' },
      { role: 'assistant', content: text },
    ],
  ].map((messages) => JSON.stringify({ messages }));
  await studio.data.getByLabel('Choose a file', { exact: true }).setInputFiles({
    name: 'long.jsonl',
    mimeType: 'application/jsonl',
    buffer: Buffer.from(rows.join('\n')),
  });
  await expect(studio.figure('rows')).toHaveText('2');
  await studio.setKnob('Max length', '8192');
  await page.waitForTimeout(1500);
  const list = studio.data.getByRole('listbox', { name: 'Rows' }).getByRole('option');
  const longest = await longestTaskOf(page, async () => {
    await list.nth(0).click();
    await list.nth(1).click();
    // By plain selectors: a search by role looks at every token, in the page's own thread.
    await page.locator('#row-detail .tokens[aria-label="Tokens of row 2"][aria-busy="false"]').waitFor();
    await page.locator('#row-detail [data-index="600"]').click();
    await page.keyboard.press('m');
    await page.locator('#row-detail .edited-mark').waitFor();
    await page.waitForTimeout(1000);
  });
  const tokens = await page.evaluate(() => document.querySelectorAll('#row-detail .token').length);
  expect(tokens).toBeGreaterThan(5000);
  info.annotations.push({ type: 'longest task', description: `${tokens} tokens: ${longest} ms` });
  expect(longest).toBeLessThanOrEqual(longestTask);
});

for (const colorScheme of ['light', 'dark'] as const)
  test(`editor, comparison and picked tokens have no accessibility violation, ${colorScheme}`, async ({
    studio,
    page,
  }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await openIsland(studio);
    await write(page, await openEditor(studio), `${chatml(false)}{{ '<|nowhere|>' }}`);
    const template = region(studio, 'Template');
    await expect(template.getByRole('status', { name: 'Effect on the mask' })).toContainText('stop token');
    await expect(template.getByText(/into several tokens/)).toBeVisible();
    await template.getByRole('checkbox', { name: 'Difference from the original' }).check();
    const spans = region(studio, 'Spans');
    await spans.locator('summary').first().click();
    await spans.getByRole('button', { name: 'Compare two' }).click();
    await expect(spans.getByRole('region', { name: 'Counts' })).toBeVisible();
    await studio.data.getByRole('listbox', { name: 'Tokens of row 1' }).getByRole('option').nth(-2).click();
    await expect(studio.data.getByRole('toolbar', { name: 'Picked tokens' })).toBeVisible();
    const results = await new AxeBuilder({ page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
      .analyze();
    expect(results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
    await page.setViewportSize({ width: 390, height: 844 });
    await expect(page.getByRole('tabpanel', { name: 'Data' })).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  });
