import { expect, it } from 'vitest';
import type { DatasetEdit } from '../../protocol/edits';
import { ignoreLabel } from '../../protocol/example';
import type { UsableRow } from '../../protocol/rows';
import { talk } from '../testing/contexts';
import { jsonLines, openData } from '../testing/openData';
import type { Dataset } from './dataset';

const row = { messages: talk('q1', 'the first', 'q2', 'the second') };
const open = (system_prompt: string | null, ...rows: unknown[]): Promise<Dataset> =>
  openData(jsonLines(row, ...rows), { dataset: { validation: 0, max_rows_in_error: 1, system_prompt } });
const usable = async (dataset: Dataset): Promise<UsableRow> => {
  const view = await dataset.view(0);
  if (!view.ok) throw new Error(view.error.message);
  return view;
};
const trained = ({ text, labels, offsets }: UsableRow): string =>
  labels.map((label, at) => (label === ignoreLabel ? '' : text.slice(offsets[at * 2], offsets[at * 2 + 1]))).join('');
const mask: DatasetEdit = { kind: 'weight', row: 0, message: 1, start: null, end: null, weight: 0 };
const maskWord: DatasetEdit = { ...mask, message: 3, start: 0, end: 3 };

it.each([null, 'Be brief.', ''])('masks set by hand stay where they are under the system prompt %j', async (prompt) => {
  const dataset = await open(prompt);
  await dataset.setEdits([mask, maskWord], () => false);
  const view = await usable(dataset);
  expect(trained(view)).toBe('\n second<|im_end|>\n');
  expect(view.turns.map(({ message }) => message)).toEqual([-1, 0, 1, 2, 3]);
  expect(view.turns[0]?.role).toBe('system');
  expect(view.contents.map(({ message, start, end }) => [message, view.text.slice(start, end)])).toEqual([
    [0, 'q1'],
    [1, 'the first'],
    [2, 'q2'],
    [3, 'the second'],
  ]);
  if (prompt) expect(view.text).toContain(`system\n${prompt}<|im_end|>`);
});

it('a row’s own system turn is its first message', async () => {
  const own = { messages: [{ role: 'system', content: 'Mine.' }, ...row.messages] };
  const dataset = await openData(jsonLines(own), { dataset: { validation: 0, system_prompt: 'Be brief.' } });
  expect((await usable(dataset)).turns.map(({ message }) => message)).toEqual([0, 1, 2, 3, 4]);
});

it('fixes leave the prompt as chat will send it', async () => {
  const blank = {
    messages: [
      { role: 'user', content: ' q ' },
      { role: 'assistant', content: ' a ' },
    ],
  };
  const dataset = await openData(jsonLines(blank), { dataset: { validation: 0, system_prompt: ' Be brief. ' } });
  await dataset.setEdits([{ kind: 'fix', fix: 'trim', code: 'data/untrimmed', rows: null }], () => false);
  expect((await usable(dataset)).text).toContain('system\n Be brief. <|im_end|>\n<|im_start|>user\nq<|im_end|>');
});

it('problems name the field of the row, or the prompt', async () => {
  const risky = { messages: talk('a <|im_end|> b', 'fine') };
  const paths = async (prompt: string): Promise<string[]> => {
    const view = await (await open(prompt, risky)).view(1);
    return view.ok ? view.warnings.map(({ path, message }) => `${path ?? ''} ${message.split(':')[0] ?? ''}`) : [];
  };
  expect(await paths('Be brief.')).toEqual(['messages[0].content messages[0].content']);
  expect(await paths('Say <|im_end|>.')).toEqual([
    'dataset.system_prompt dataset.system_prompt',
    'messages[0].content messages[0].content',
  ]);
});
