/** Files that are wrong in every way: each is named with its line, and the page goes on. */
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Automation } from '../headless/cli/automation';
import { recipeSchema, type Recipe } from '../src/recipe/schema';
import { longestTask, longestTaskOf } from './longTasks';
import { expect, studioUrl, test } from './studio';

let folder = '';
test.beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tunesmith-broken-'));
});
test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const good = '{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}';
const says = (content: string): string => good.replace('"q"', content);
const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from(part))));

/** Rows that are wrong: the class that must be named, and words of its message; `null` code: nothing is wrong after all. */
const rows: { name: string; row: string | Uint8Array; code: string; words: RegExp; broken: boolean }[] = [
  {
    name: 'truncated UTF-8',
    row: bytes('{"messages":[{"role":"user","content":"', [0xe2, 0x82], '"}]}'),
    code: 'data/not-utf8',
    words: /line 2: UTF-8 is needed/,
    broken: true,
  },
  { name: 'a lone surrogate', row: says('"\\ud83d"'), code: 'data/lone-surrogate', words: /U\+FFFD/, broken: false },
  {
    name: 'deep nesting',
    row: `{"messages":${'['.repeat(10_000)}${']'.repeat(10_000)}}`,
    code: 'data/nested-too-deeply',
    words: /line 2.*nest/,
    broken: true,
  },
  {
    name: 'a __proto__ key',
    row: '{"__proto__":{"messages":[{"role":"user","content":"q"}]}}',
    code: 'data/missing-messages',
    words: /list of messages/,
    broken: true,
  },
  {
    name: 'duplicate keys',
    row: says('"x","content":"q"'),
    code: 'data/duplicate-key',
    words: /"content"/,
    broken: false,
  },
  { name: 'cut JSON', row: '{"messages":[{"role":"user"', code: 'data/invalid-json', words: /line 2/, broken: true },
  {
    name: 'another schema',
    row: '{"instruction":"q","output":"a"}',
    code: 'data/mixed-format',
    words: /alpaca/,
    broken: false,
  },
];

test('broken rows are named with their line, and the rest of the file is used', async ({ studio }) => {
  await studio.open('wasm');
  await studio.ready();
  const problems = studio.data.getByRole('region', { name: 'Problems' });
  for (const { name, row, code, words, broken } of rows)
    await test.step(name, async () => {
      await studio.choose(
        file(`${code.slice(5)}.jsonl`, bytes(`${good}\n`, typeof row === 'string' ? row : [...row], `\n${good}\n`)),
      );
      await expect(studio.data.getByRole('combobox', { name: 'Sample set' })).toContainText(`${code.slice(5)}.jsonl`);
      await expect(studio.figure('rows')).toHaveText('3');
      await expect(studio.figure('broken')).toHaveText(broken ? '1' : '0');
      await expect(problems.getByText(code, { exact: true })).toBeAttached();
      await expect(problems.getByText(words).first()).toBeAttached();
    });
});

test('NUL bytes and numbers beyond a double are read as they stand', async ({ studio }) => {
  await studio.open('wasm');
  await studio.ready();
  const row =
    '{"id":123456789012345678901234567890,"big":1e999,"messages":[{"role":"user","content":"a\\u0000b"},{"role":"assistant","content":"ok"}]}';
  await studio.choose(file('numbers.jsonl', `${row}\n${row.replace('ok', 'fine')}\n`));
  await expect(studio.figure('rows')).toHaveText('2');
  await expect(studio.figure('usable')).toHaveText('2');
  const problems = studio.data.getByRole('region', { name: 'Problems' });
  await expect(problems.getByText('data/inexact-number', { exact: true })).toBeAttached();
});

/** Whole files that can't be used, and what is said instead of opening them. */
const files: { name: string; content: string | Uint8Array; words: RegExp }[] = [
  { name: 'empty.jsonl', content: '', words: /at least one row is needed/ },
  {
    name: 'picture.jsonl',
    content: bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]),
    words: /PNG|picture|image/i,
  },
  { name: 'archive.jsonl', content: bytes('PK', [3, 4], 'zip'), words: /zip/ },
  { name: 'cut.jsonl.gz', content: bytes([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0x4b, 0x4c]), words: /gzip/ },
  { name: 'damaged.parquet', content: bytes('PAR1', [1, 2, 3], 'PAR1'), words: /Parquet/i },
];

test('files that hold no rows are named for what they are, and the next file opens', async ({ studio }) => {
  await studio.open('wasm');
  await studio.ready();
  for (const { name, content, words } of files)
    await test.step(name, async () => {
      await studio.choose(file(name, content));
      await expect(studio.data.getByRole('alert').filter({ hasText: words }).first()).toBeVisible();
      await expect(studio.fineTune).toHaveAttribute('aria-disabled', 'true');
    });
  await studio.choose(file('good.jsonl', `${good}\n${good.replace('"q"', '"r"')}\n`));
  await studio.ready();
});

test('a line of 1 GB is passed over: the page answers all the while and memory stays bounded', async ({
  studio,
  page,
}) => {
  test.setTimeout(300_000);
  const path = join(folder, 'gigabyte.jsonl');
  const handle = openSync(path, 'w');
  writeSync(handle, `${good}\n{"messages":[{"role":"user","content":"`);
  const part = 'a'.repeat(1 << 24);
  for (let count = 0; count < 64; count++) writeSync(handle, part);
  writeSync(handle, `"}]}\n${good}\n`);
  closeSync(handle);
  await studio.open('wasm');
  await studio.ready();
  const memory = await studio.memory();
  const problems = studio.data.getByRole('region', { name: 'Problems' });
  const longest = await longestTaskOf(page, async () => {
    await studio.choose(path);
    await expect(studio.data.getByRole('button', { name: 'Cancel' })).toBeVisible();
    await expect(studio.data.getByRole('button', { name: 'Cancel' })).toBeHidden({ timeout: 200_000 });
    await expect(studio.figure('rows')).toHaveText('3');
    await expect(studio.figure('broken')).toHaveText('1');
    await expect(problems.getByText('data/line-too-long', { exact: true })).toBeAttached();
    if (memory) expect(memory.peak() - memory.idleBytes, 'bytes above idle').toBeLessThan(250 << 20);
  });
  expect(longest, 'longest task of the page, ms').toBeLessThanOrEqual(longestTask);
  rmSync(path);
});

interface PageGlobals {
  tunesmith: Automation;
}

test('hostile templates are stopped within two seconds, with their line', async ({ page, studio }) => {
  await page.goto(`${studioUrl()}?automation`);
  const templates = {
    'loops for ever':
      '{%- set n = namespace(i=0) -%}\n{% for a in range(100000) %}{% for b in range(100000) %}\n{% set n.i = n.i + 1 %}{% endfor %}{% endfor %}',
    recurses: '{% macro again(x) %}\n{{ again(x) }}{% endmacro %}\n{{ again(1) }}',
    'renders a gigabyte':
      "{% set n = namespace(s='aaaaaaaaaaaaaaaa') %}\n{% for i in range(40) %}\n{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
  };
  for (const [name, text] of Object.entries(templates)) {
    const recipe = recipeSchema.parse({ template: { source: 'custom', text } });
    const { ms, error } = await page.evaluate(
      async ({ good, recipe }) => {
        const { data, proxy, ready } = (globalThis as unknown as PageGlobals).tunesmith;
        await ready;
        await data.openModel({ kind: 'url', baseUrl: new URL('models/builtin/', location.href).href, name: 'builtin' });
        const file = new File([`${good}\n`.repeat(50)], 'rows.jsonl');
        const begun = performance.now();
        const error = await data
          .openDataset(
            file,
            JSON.parse(recipe) as Recipe,
            proxy(() => undefined),
          )
          .then(
            () => null,
            (cause: unknown) => ({ ...(cause as { code: string; message: string }), message: String(cause) }),
          );
        return { ms: performance.now() - begun, error };
      },
      { good, recipe: JSON.stringify(recipe) },
    );
    expect(error, name).toMatchObject({ code: 'template/limit', message: expect.stringMatching(/line \d/) });
    expect(ms, name).toBeLessThan(2500);
  }
  expect(studio.complaints).toEqual([]);
});
