/** Changes by hand over a faked worker and disk: fixes, undo and redo, refusal, and finding everything again. */
import { beforeEach, expect, test, vi } from 'vitest';
import { replaceClients } from './clients';
import { relabelIfNeeded, useDataset } from './datasetStore';
import {
  addEdit,
  applyFix,
  keepEdits,
  lengthFilter,
  redo,
  setLengthFilter,
  showHistory,
  undo,
  useEdits,
} from './editsStore';
import { openHeldOut, holdOutShare, useHeldOut } from './heldOutStore';
import { forgetRead } from './keptEdits';
import { openFiles, restoreData, useOpening } from './openData';
import { acceptBrokenRows, editRecipe, resetRecipe, useRecipe } from './recipeStore';
import { fakeClients } from './testing/fakeClients';
import { fakeNavigator } from './testing/fakeDisk';
import { useView } from './viewStore';
import type { DatasetSummary, ProblemClass } from '../protocol/rows';

const row = (user: string, answer: string, role = 'assistant'): string =>
  JSON.stringify({
    messages: [
      { role: 'user', content: user },
      { role, content: answer },
    ],
  });
const spaced = [row('Hi', ' Yo '), row('Who?', 'Me.'), row('Why?', 'Because.  '), 'not json'].join('\n');
const file = (text: string, name = 'rows.jsonl'): File => new File([text], name);
let calls: Record<string, number>;

function summary(): DatasetSummary {
  const { status } = useDataset.getState();
  if (status.kind !== 'ready') throw new Error(`the data is ${status.kind}`);
  return status.summary;
}
const problem = (code: string): ProblemClass => {
  const found = summary().problems.find((one) => one.code === code);
  if (!found) throw new Error(`no problem ${code}`);
  return found;
};
async function fix(code: string): Promise<boolean> {
  const one = problem(code);
  const [first] = one.fixes;
  if (!first) throw new Error(`no fix for ${code}`);
  return applyFix(first, one);
}
/** The page as a refresh leaves it: the disk and the settings stay. */
function refresh(): void {
  forgetRead();
  showHistory(null, null);
  calls = {};
  replaceClients(fakeClients({ calls }));
  useDataset.setState({ status: { kind: 'empty' }, file: null, rows: new Map(), selected: 0 });
  useHeldOut.setState({ validation: null, test: null });
}

beforeEach(() => {
  vi.stubGlobal('navigator', fakeNavigator());
  resetRecipe();
  acceptBrokenRows(0);
  useOpening.setState({ said: '', unused: [] });
  useView.setState({ notice: null });
  refresh();
});

test('a fix repairs its class, undo brings it back, redo repairs it again', async () => {
  await openFiles([file(spaced)]);
  expect(problem('data/outer-space').count).toBe(2);
  expect(await fix('data/outer-space')).toBe(true);
  expect(summary().problems.map(({ code }) => code)).toEqual(['data/bad-json']);
  expect(useEdits.getState()).toMatchObject({ canUndo: true, canRedo: false, log: [{ label: 'Trimmed 2 rows' }] });
  expect(await undo()).toBe(true);
  expect(problem('data/outer-space').count).toBe(2);
  expect(useEdits.getState()).toMatchObject({ canUndo: false, canRedo: true, log: [{ undone: true }] });
  expect(await redo()).toBe(true);
  expect(summary().problems).toHaveLength(1);
  expect(await redo()).toBe(false);
});

test('rows left out are counted as dropped, not as broken, and not lost', async () => {
  await openFiles([file(spaced)]);
  await fix('data/bad-json');
  expect(summary()).toMatchObject({ rows: 4, brokenRows: 0, droppedRows: 1, usableRows: 3, blocker: null });
});

test('a fix that is a setting of the recipe is undone like the others', async () => {
  await openFiles([file([row('Hi', 'Yo', 'bot'), row('Who?', 'Me.')].join('\n'))]);
  await fix('data/unknown-role');
  expect(useRecipe.getState().recipe.dataset.role_map).toEqual({ bot: 'assistant' });
  expect(summary().brokenRows).toBe(0);
  await undo();
  expect(useRecipe.getState().recipe.dataset.role_map).toEqual({});
  expect(summary().brokenRows).toBe(1);
  await redo();
  expect(summary().brokenRows).toBe(0);
});

test('a new action after an undo takes the redo away', async () => {
  await openFiles([file(spaced)]);
  await fix('data/outer-space');
  await undo();
  await fix('data/bad-json');
  expect(useEdits.getState()).toMatchObject({ canRedo: false, log: [{ label: 'Left out 1 row', undone: false }] });
});

test('clicks that come faster than the worker all count, in order', async () => {
  await openFiles([file(spaced)]);
  const mask = (index: number) =>
    addEdit({ kind: 'weight', row: index, message: 1, start: null, end: null, weight: 0 }, `Masked row ${index + 1}`);
  await Promise.all([mask(0), mask(1), mask(2)]);
  expect(useEdits.getState().edits).toHaveLength(3);
  expect(summary().trainedTokens).toBe(0);
  await Promise.all([undo(), undo()]);
  expect(useEdits.getState().log.map(({ undone }) => undone)).toEqual([false, true, true]);
  expect(summary().trainedTokens).toBeGreaterThan(0);
});

test('a change that the worker refuses is taken back and said', async () => {
  await openFiles([file(spaced)]);
  const done = await addEdit(
    { kind: 'weight', row: 99, message: 0, start: null, end: null, weight: 0 },
    'Masked row 100',
  );
  expect(done).toBe(false);
  expect(useEdits.getState()).toMatchObject({ edits: [], canUndo: false });
  expect(useView.getState().notice?.code).toBe('data/no-such-row');
  expect(await fix('data/outer-space')).toBe(true);
});

test('the length filter is one edit, replaced and taken away, each undoable', async () => {
  await openFiles([file(spaced)]);
  await setLengthFilter(null, 3);
  expect(summary().droppedRows).toBe(3);
  await setLengthFilter(2, 500);
  expect(useEdits.getState().edits).toEqual([{ kind: 'length', min: 2, max: 500 }]);
  expect(await setLengthFilter(2, 500)).toBe(false);
  await setLengthFilter(null, null);
  expect(useEdits.getState().edits).toEqual([]);
  await undo();
  await undo();
  expect(lengthFilter(useEdits.getState().edits)).toEqual({ min: null, max: 3 });
});

test('a refresh finds file, edits and both ends of the history, and labels once', async () => {
  await openFiles([file(spaced)]);
  await fix('data/outer-space');
  await fix('data/bad-json');
  await undo();
  refresh();
  expect(await restoreData()).toBe(true);
  expect(useEdits.getState().log).toEqual([
    { label: 'Trimmed 2 rows', undone: false },
    { label: 'Left out 1 row', undone: true },
  ]);
  expect(summary().problems.map(({ code }) => code)).toEqual(['data/bad-json']);
  expect(calls).toMatchObject({ openDataset: 1 });
  expect(calls['setEdits']).toBeUndefined();
  await redo();
  expect(summary().droppedRows).toBe(1);
});

test('another file starts without the changes and the mapping of the one before; the first gets them back', async () => {
  await openFiles([file(spaced)]);
  await fix('data/outer-space');
  editRecipe('dataset.columns', { messages: 'chat' });
  await relabelIfNeeded();
  await openFiles([file(row('A', 'B'), 'other.jsonl')]);
  expect(useEdits.getState().log).toEqual([]);
  expect(useRecipe.getState().recipe.dataset.columns).toEqual({});
  await openFiles([file(spaced)]);
  expect(useEdits.getState().log).toHaveLength(1);
  expect(useRecipe.getState().recipe.dataset.columns).toEqual({ messages: 'chat' });
  expect(useOpening.getState().said).toBe('1 change made to this file before is in force again.');
});

test('other bytes under the same name and size do not get the changes', async () => {
  await openFiles([file(row('AA', 'B '))]);
  await fix('data/outer-space');
  const data = fakeClients({ calls }).data;
  const open = data.openDataset.bind(data);
  data.openDataset = async (...order) => ({ ...(await open(...order)), dataHash: 'another' });
  const edit = data.setEdits.bind(data);
  data.setEdits = async (edits) => ({ ...(await edit(edits)), dataHash: 'another' });
  replaceClients({ ...fakeClients(), data });
  await openFiles([file(row('BB', 'B '))]);
  expect(useEdits.getState().log).toEqual([]);
  expect(problem('data/outer-space').count).toBe(1);
  await keepEdits();
});

test('train and validation files dropped together: one is the data, the other is held out and named in the recipe', async () => {
  await openFiles([file(row('v', 'w'), 'chat_valid.jsonl'), file(spaced, 'chat.jsonl')]);
  expect(summary().fileName).toBe('chat.jsonl');
  expect(useHeldOut.getState().validation).toMatchObject({ status: { kind: 'ready', summary: { usableRows: 1 } } });
  expect(useRecipe.getState().recipe.dataset.validation).toBe('chat_valid.jsonl');
  expect(useOpening.getState().said).toContain('chat_valid.jsonl is held out for validation');
  await vi.waitFor(async () => {
    refresh();
    await restoreData();
    await vi.waitFor(() => expect(useHeldOut.getState().validation?.status.kind).toBe('ready'), 200);
  });
  await holdOutShare('validation', 0.2);
  expect(useHeldOut.getState().validation).toBeNull();
  expect(useRecipe.getState().recipe.dataset.validation).toBe(0.2);
});

test('a held-out file that cannot be read says so and changes nothing', async () => {
  await openFiles([file(spaced)]);
  expect(await openHeldOut('test', file('', 'test.jsonl'))).toBe(false);
  expect(useHeldOut.getState().test?.status).toMatchObject({ kind: 'failed', error: { code: 'data/empty-file' } });
  expect(useRecipe.getState().recipe.dataset.test).toBe(0);
});
