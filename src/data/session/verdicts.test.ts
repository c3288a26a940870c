/** What a data set says of itself: blockers, counts, splits, files that are none. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DatasetSummary } from '../../protocol/rows';
import type { RecipeInput } from '../../recipe/schema';
import { talk } from '../testing/contexts';
import { jsonLines, openData } from '../testing/openData';
import { editedFile } from './downloads';
import { planKey } from './tokenCache';

const open = openData;
const lines = jsonLines;
const row = (question: string, answer = 'fine', more: object = {}): object => ({
  messages: talk(question, answer).map((message, index) => (index === 1 ? { ...message, ...more } : message)),
});
const numbered = (count: number): object[] => Array.from({ length: count }, (_, index) => row(`question ${index}`));
const summaryOf = async (content: BlobPart[], input?: RecipeInput): Promise<DatasetSummary> =>
  (await open(content, input)).summary;

describe('why data can not be trained on', () => {
  it('an empty file', async () => {
    expect((await summaryOf([''])).blocker?.code).toBe('data/empty-file');
    expect((await summaryOf(['\n\n  \n'])).blocker?.code).toBe('data/empty-file');
  });
  it('no usable row', async () => {
    const summary = await summaryOf(lines('{"a"', '{}', { messages: [] }));
    expect(summary).toMatchObject({ rows: 3, usableRows: 0, brokenRows: 3, blocker: { code: 'data/no-usable-rows' } });
    expect(summary.problems.map(({ code, count, rows }) => [code, count, rows])).toEqual([
      ['data/empty-conversation', 1, [2]],
      ['data/invalid-json', 1, [0]],
      ['data/missing-messages', 1, [1]],
    ]);
  });
  it('rule 9: every row masked', async () => {
    const weights = await summaryOf(lines(row('a', 'b', { weight: 0 }), row('c', 'd', { train: false })));
    expect(weights).toMatchObject({ maskedRows: 2, trainRows: 0, blocker: { code: 'data/all-masked' } });
    expect(weights.blocker?.message).toContain('weights');
    const cut = await summaryOf(lines(...numbered(3)), { training: { max_length: 6, truncation: 'keep_start' } });
    expect(cut.blocker?.message).toMatch(
      /because truncation to training.max_length cut the answers of 3; raise training.max_length/,
    );
  });
  it('broken rows that nobody agreed to skip', async () => {
    const data = lines(...numbered(3), '{"messages": 1}');
    expect((await summaryOf(data)).blocker).toMatchObject({
      code: 'data/rows-in-error',
      data: { brokenRows: 1, allowed: 0 },
    });
    expect((await summaryOf(data, { dataset: { max_rows_in_error: 1 } })).blocker).toBeNull();
  });
  it('rule 9: nine rows in ten masked is a warning', async () => {
    const masked = Array.from({ length: 9 }, (_, index) => row(`q${index}`, 'a', { weight: 0 }));
    const summary = await summaryOf(lines(...masked, row('x')));
    expect(summary.blocker).toBeNull();
    expect(summary.problems.map(({ code }) => code)).toEqual([
      'data/system-injected',
      'data/nothing-to-train',
      'data/mostly-masked',
    ]);
  });
});

describe('splits', () => {
  it('hold out a tenth by default, by the seed, and never touch masked or broken rows', async () => {
    const data = lines(...numbered(20), row('masked', 'm', { weight: 0 }), 'broken');
    const one = await open(data, { dataset: { max_rows_in_error: 1 } });
    const same = await open(data, { dataset: { max_rows_in_error: 1 } });
    const other = await open(data, { dataset: { max_rows_in_error: 1 }, training: { seed: 43 } });
    expect(one.summary).toMatchObject({ trainRows: 18, validationRows: 2, rows: 22 });
    expect(one.split).toEqual(same.split);
    expect(one.split).not.toEqual(other.split);
    expect([...one.split.train, ...one.split.validation].every((index) => index < 20)).toBe(true);
    expect(one.table(one.split.validation).rows).toEqual(one.split.validation);
  });
  it('follow take and drop_duplicates', async () => {
    const data = lines(row('a'), row('b'), row('a'), row('c'), row('a'));
    const taken = await open(data, { dataset: { shuffle: false, take: 2, validation: 0, drop_duplicates: true } });
    expect([...taken.split.train]).toEqual([0, 1]);
    const unique = await open(data, { dataset: { validation: 0, drop_duplicates: true } });
    expect([...unique.split.train]).toEqual([0, 1, 3]);
    expect(unique.summary.problems.find(({ code }) => code === 'data/duplicate-row')).toMatchObject({
      count: 2,
      rows: [2, 4],
    });
  });
});

describe('files', () => {
  it('of one JSON array give the same arrays as lines', async () => {
    const rows = numbered(4);
    const fromLines = await open(lines(...rows));
    const fromArray = await open([JSON.stringify(rows, null, 2)]);
    expect(fromArray.table(fromArray.allRows())).toEqual(fromLines.table(fromLines.allRows()));
    expect((await fromArray.rows(1, 1))[0]).toMatchObject({ ok: true, line: 14 });
  });
  it('with a byte order mark, CRLF and no last line end are read as usual', async () => {
    const dataset = await open(['\ufeff', JSON.stringify(row('a')), '\r\n\r\n', JSON.stringify(row('b'))]);
    expect((await dataset.rows(0, 5)).map(({ ok, line }) => [ok, line])).toEqual([
      [true, 1],
      [true, 3],
    ]);
  });
  it.each([
    ['a zip archive', 'PK\u0003\u0004'],
    ['a PDF', '%PDF-1.7\n'],
  ])('that are %s are refused by name', async (_kind, content) => {
    await expect(open([content])).rejects.toMatchObject({ code: 'data/not-a-data-file' });
  });
  it('can be cancelled', async () => {
    await expect(open(lines(row('a')), {}, () => true)).rejects.toMatchObject({ code: 'data/cancelled' });
  });
  it('have the SHA-256 of their bytes', async () => {
    expect((await summaryOf(['abc'])).dataHash).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});

it('the data as used has no row that a length filter leaves out', async () => {
  const dataset = await open(lines(row('a', 'b'), row('a', 'one two three four five six seven eight')));
  const count = async (): Promise<number> => (await (await editedFile(dataset)).text()).trim().split('\n').length;
  expect(await count()).toBe(2);
  const { min } = dataset.summary.stats.lengths;
  await dataset.setEdits([{ kind: 'length', min: null, max: min }], () => false);
  expect(await count()).toBe(1);
  const none = await dataset.setEdits([{ kind: 'length', min: 1_000_000, max: null }], () => false);
  expect(none.blocker).toMatchObject({
    code: 'data/all-left-out',
    message: expect.stringContaining('widen') as string,
  });
});

describe('a template that writes the date', () => {
  afterEach(() => vi.useRealTimers());
  const text = "{{ strftime_now('%d %b %Y') }}{% for m in messages %}{{ m.content }}{% endfor %}";

  it('has its arrays kept for the day only; rows open over midnight stay what they were', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-01T23:59:00') });
    const plain = await open(lines(row('a')));
    const dated = await open(lines(row('a')), { template: { source: 'custom', text } });
    const keys = [planKey(plain.context), planKey(dated.context)];
    vi.setSystemTime(new Date('2026-03-02T00:01:00'));
    // The arrays that are open are those of the day on which they were made.
    expect([planKey(plain.context), planKey(dated.context)]).toEqual(keys);
    const later = await open(lines(row('a')), { template: { source: 'custom', text } });
    expect(planKey(later.context)).not.toBe(keys[1]);
    expect((await dated.rows(0, 1))[0]).toMatchObject({
      ok: true,
      text: expect.stringMatching(/^01 Mar 2026/) as string,
    });
  });
});

it('calls and tools that the template leaves out are remarked', async () => {
  const talked = {
    messages: [
      { role: 'user', content: 'How warm?' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'warmth', arguments: {} } }] },
    ],
  };
  const tools = [{ type: 'function', function: { name: 'coldness' } }];
  const codes = async (data: object, template: RecipeInput['template'] = {}): Promise<string[]> =>
    (await summaryOf(lines(data), { template })).problems.map(({ code }) => code);
  const zephyr = { source: 'preset', preset: 'zephyr' } as const;
  for (const data of [talked, { ...talked, tools }, { ...row('a'), tools }]) {
    expect(await codes(data)).not.toContain('data/tools-not-rendered');
    expect(await codes(data, zephyr)).toContain('data/tools-not-rendered');
  }
  expect(await codes(row('a'), zephyr)).not.toContain('data/tools-not-rendered');
});

describe('a row that a template refuses', () => {
  it('is broken, with the template’s own words', async () => {
    const template =
      "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{{ m.content }}{% endfor %}";
    const dataset = await open(lines({ messages: [...talk('a', 'b'), { role: 'assistant', content: 'c' }] }), {
      template: { source: 'custom', text: template },
    });
    expect((await dataset.rows(0, 1))[0]).toMatchObject({
      ok: false,
      error: {
        code: 'data/template-refused',
        path: 'messages',
        message: expect.stringContaining('Roles must alternate') as string,
      },
    });
  });
});
