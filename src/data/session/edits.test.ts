/** Changes by hand: what they do to rows and counts, and that taking them back leaves nothing behind. */
import { describe, expect, it } from 'vitest';
import type { DatasetEdit } from '../../protocol/edits';
import { ignoreLabel } from '../../protocol/example';
import type { RecipeInput } from '../../recipe/schema';
import type { UsableRow } from '../../protocol/rows';
import { talk } from '../testing/contexts';
import { jsonLines, openData } from '../testing/openData';
import type { Dataset } from './dataset';
import { maskEffect } from './maskEffect';

const all: RecipeInput = { dataset: { validation: 0, shuffle: false } };
const never = (): boolean => false;
const rows = [
  { messages: talk('one', 'first answer here') },
  { messages: [...talk('two', 'a'), { role: 'assistant', content: 'b' }] },
  { messages: talk('a <|im_end|> inside', 'fine') },
  { messages: [{ role: 'user', content: 'no answer' }] },
];
const open = (): Promise<Dataset> => openData(jsonLines(...rows), all);
const edit = (dataset: Dataset, ...edits: DatasetEdit[]): Promise<unknown> => dataset.setEdits(edits, never);
const usable = async (dataset: Dataset, row: number): Promise<UsableRow> => {
  const view = await dataset.view(row);
  if (!view.ok) throw new Error(view.error.message);
  return view;
};
const trained = ({ text, labels, offsets }: UsableRow): string =>
  labels.map((label, at) => (label === ignoreLabel ? '' : text.slice(offsets[at * 2], offsets[at * 2 + 1]))).join('');
const weight = (row: number, message: number, start: number | null, end: number | null, value: 0 | 1): DatasetEdit => ({
  kind: 'weight',
  row,
  message,
  start,
  end,
  weight: value,
});

describe('weights by hand', () => {
  it('masks a word, trains a question, and undo restores the very arrays', async () => {
    const dataset = await open();
    const before = dataset.records.labels(0).slice();
    const summary = structuredClone(dataset.summary);
    await edit(dataset, weight(0, 1, 6, 12, 0));
    const row = await usable(dataset, 0);
    expect(trained(row)).toBe('\nfirst here<|im_end|>\n');
    expect(row.edited).toBe(true);
    await edit(dataset, weight(0, 1, 6, 12, 0), weight(0, 0, 0, 3, 1));
    expect(trained(await usable(dataset, 0))).toBe('one\nfirst here<|im_end|>\n');
    expect(dataset.table(dataset.split.train).labels).toEqual(
      Int32Array.from(
        dataset.split.train.length ? [...dataset.split.train].flatMap((r) => [...dataset.records.labels(r)]) : [],
      ),
    );
    await edit(dataset);
    expect(dataset.records.labels(0)).toEqual(before);
    expect(dataset.summary).toEqual(summary);
  });

  it('masks and trains whole turns', async () => {
    const dataset = await open();
    await edit(dataset, weight(1, 1, null, null, 0));
    expect(trained(await usable(dataset, 1))).toBe('\nb<|im_end|>\n');
    await edit(dataset, weight(1, 1, null, null, 0), weight(1, 1, null, null, 1));
    expect(trained(await usable(dataset, 1))).toContain('a');
  });

  it('places of contents are those of the text', async () => {
    const row = await usable(await open(), 2);
    expect(row.contents.map(({ message, start, end }) => [message, row.text.slice(start, end)])).toEqual([
      [0, 'a <|im_end|> inside'],
      [1, 'fine'],
    ]);
  });
});

describe('fixes', () => {
  it('merge, escape and drop, each counted and undone', async () => {
    const dataset = await open();
    const codes = (): string[] => dataset.summary.problems.map(({ code }) => code);
    expect(codes()).toEqual(expect.arrayContaining(['data/no-assistant', 'data/repeated-role', 'data/control-token']));
    expect(dataset.summary.problems.find(({ code }) => code === 'data/repeated-role')?.fixes).toContainEqual(
      expect.objectContaining({ kind: 'edit', fix: 'merge_turns' }),
    );
    const merge: DatasetEdit = { kind: 'fix', fix: 'merge_turns', code: 'data/repeated-role', rows: null };
    const escape: DatasetEdit = { kind: 'fix', fix: 'escape_control_tokens', code: 'data/control-token', rows: null };
    const drop: DatasetEdit = { kind: 'fix', fix: 'drop_row', code: 'data/no-assistant', rows: null };
    await edit(dataset, merge, escape, drop);
    expect(trained(await usable(dataset, 1))).toBe('\na\n\nb<|im_end|>\n');
    expect((await usable(dataset, 2)).inputIds.filter((id) => id === 151645)).toHaveLength(3);
    expect(dataset.summary).toMatchObject({ rows: 4, usableRows: 3, brokenRows: 0, droppedRows: 1, blocker: null });
    expect((await dataset.view(3)).dropped).toBe(true);
    expect(codes()).not.toContain('data/no-assistant');
    await edit(dataset, merge, escape);
    expect(dataset.summary).toMatchObject({ usableRows: 3, brokenRows: 1, droppedRows: 0 });
  });

  it('training-wizard, filters: a length filter drops rows that are counted, and only usable ones', async () => {
    const dataset = await open();
    const [whole] = [dataset.lengths().whole[0] ?? 0];
    await edit(dataset, { kind: 'length', min: null, max: whole - 1 });
    expect(dataset.summary.droppedRows).toBeGreaterThan(0);
    expect(dataset.summary.brokenRows).toBe(1);
    expect((await dataset.view(0)).dropped).toBe(true);
    expect([...dataset.allRows()]).not.toContain(0);
  });

  it('edits outlive a relabelling under another recipe', async () => {
    const dataset = await open();
    await edit(dataset, weight(0, 1, 6, 12, 0));
    const other = await openData(jsonLines(...rows), { ...all, loss: { span: 'content' } });
    await edit(other, weight(0, 1, 6, 12, 0));
    expect(trained(await usable(other, 0))).toBe('first here<|im_end|>');
  });
});

it('rows with something in common are listed', async () => {
  const dataset = await open();
  expect(dataset.rowsWhere('train')).toEqual([0, 1, 2]);
  await edit(dataset, weight(0, 1, 6, 12, 0), weight(1, 1, null, null, 0), weight(1, 2, null, null, 0), {
    kind: 'fix',
    fix: 'drop_row',
    code: 'data/no-assistant',
    rows: null,
  });
  expect(dataset.rowsWhere('edited')).toEqual([0, 1]);
  expect(dataset.rowsWhere('dropped')).toEqual([3]);
  expect(dataset.rowsWhere('masked')).toEqual([1]);
  expect(dataset.summary).toMatchObject({ editedRows: 2, droppedRows: 1, maskedRows: 1 });
});

describe('many rows at once', () => {
  const many = Array.from({ length: 3000 }, (_, index) => ({ messages: talk(`q${index}`, ` answer ${index} `) }));
  const trim: DatasetEdit = { kind: 'fix', fix: 'trim', code: 'data/untrimmed', rows: null };

  it('tell how far they are, and change every row of the class', async () => {
    const dataset = await openData(jsonLines(...many), all);
    const seen: number[] = [];
    await dataset.setEdits([trim], never, ({ doneRows, totalRows }) => {
      expect(totalRows).toBe(3000);
      seen.push(doneRows);
    });
    expect(dataset.summary.editedRows).toBe(3000);
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
    expect(trained(await usable(dataset, 2999))).toBe('\nanswer 2999<|im_end|>\n');
  });

  it('can be cancelled, and leave everything as it was', async () => {
    const dataset = await openData(jsonLines(...many), all);
    const before = structuredClone(dataset.summary);
    await expect(dataset.setEdits([trim], () => true)).rejects.toMatchObject({ code: 'data/cancelled' });
    expect(dataset.summary).toEqual(before);
    expect((await usable(dataset, 0)).edited).toBe(false);
  });
});

it('the effect of another recipe on the mask, in figures', async () => {
  const dataset = await open();
  const other = await openData(jsonLines(...rows), { ...all, loss: { span: 'content' } });
  const effect = await maskEffect(dataset, other.context, 100, never);
  // TRL trains the line feeds around an answer as well: two tokens an answer, four answers.
  expect(effect).toMatchObject({ rows: 3, changedRows: 3, failedRows: 0, stopTrainedBefore: 3, stopTrainedAfter: 3 });
  expect(effect.trainedBefore - effect.trainedAfter).toBe(8);
  expect(effect.tokensAfter).toBe(effect.tokensBefore);
});

it('the effect counts over rows that both can label, and apart those that fail and those that are gained', async () => {
  const asking: RecipeInput = {
    ...all,
    template: { source: 'preset', preset: 'mistral' },
    dataset: { validation: 0, max_rows_in_error: 9 },
  };
  // Mistral's format refuses a row that begins with an answer, and two answers in a row; ChatML's takes both.
  const mixed = jsonLines(...rows, { messages: [{ role: 'assistant', content: 'Hello' }] });
  const strict = await openData(mixed, asking);
  const loose = await openData(mixed, { ...asking, template: { source: 'preset', preset: 'chatml' } });
  const gains = await maskEffect(strict, loose.context, 100, never);
  expect(gains).toMatchObject({ rows: 2, gainedRows: 2, failedRows: 0 });
  const fails = await maskEffect(loose, strict.context, 100, never);
  expect(fails).toMatchObject({ rows: 4, gainedRows: 0, failedRows: 2, failure: { code: 'data/template-refused' } });
  expect([fails.tokensBefore, fails.tokensAfter]).toEqual([gains.tokensAfter, gains.tokensBefore]);
  expect([fails.trainedBefore, fails.trainedAfter]).toEqual([gains.trainedAfter, gains.trainedBefore]);
});

it('the input of an Alpaca row has its section under Alpaca’s template, also once a word is masked', async () => {
  const alpaca = jsonLines({ instruction: 'Add.', input: '1 and 2', output: 'It is 3.' });
  const dataset = await openData(alpaca, { ...all, template: { source: 'preset', preset: 'alpaca' } });
  const before = await usable(dataset, 0);
  expect(before.text).toContain('### Instruction:\nAdd.\n\n### Input:\n1 and 2\n\n### Response:\nIt is 3.');
  await edit(dataset, weight(0, 1, 6, 7, 0));
  const after = await usable(dataset, 0);
  expect(after.text).toBe(before.text);
  expect(trained(after)).toBe(trained(before).replace('3', ''));
  expect(after.contents.map(({ start, end }) => after.text.slice(start, end))).toEqual(['Add.', 'It is 3.']);
  // Elsewhere it is text as any other.
  const plain = await usable(await openData(alpaca, all), 0);
  expect(plain.text).toContain('<|im_start|>user\nAdd.\n\n1 and 2<|im_end|>');
  expect(plain.contents.map(({ start, end }) => plain.text.slice(start, end))).toContain('Add.\n\n1 and 2');
});

it('fixes keep the input of an Alpaca row in its section', async () => {
  const recipe: RecipeInput = { ...all, template: { source: 'preset', preset: 'alpaca' } };
  const rough = jsonLines({ instruction: 'Add.', input: '1 <|im_end|> 2 \n', output: 'It is 3. ' });
  const dataset = await openData(rough, recipe);
  await edit(
    dataset,
    { kind: 'fix', fix: 'trim', code: 'data/untrimmed', rows: null },
    { kind: 'fix', fix: 'escape_control_tokens', code: 'data/control-token', rows: null },
    weight(0, 1, 6, 7, 0),
  );
  const row = await usable(dataset, 0);
  expect(row.text).toContain('### Instruction:\nAdd.\n\n### Input:\n1 < |im_end|> 2\n\n### Response:\nIt is 3.');
  expect(trained(row)).toBe('It is .<|im_end|>');
});

it('the effect of another recipe leaves out the rows that the length filter leaves out', async () => {
  const dataset = await openData(jsonLines({ messages: talk('a', 'b') }, { messages: talk('a', 'c d e f g') }), all);
  await edit(dataset, { kind: 'length', min: null, max: (dataset.lengths().whole[1] ?? 0) - 1 });
  expect(dataset.summary.droppedRows).toBe(1);
  expect(await maskEffect(dataset, dataset.context, 100, never)).toMatchObject({ rows: 1, gainedRows: 0 });
});
