/** The list of kept runs: looked up, labelled, deleted with a way back, compared, exported and imported, recognised, run again. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { defaultRecipe } from '../../recipe/schema';
import { mergeRecipe } from '../recipePaths';
import { undoProposal, useProposal } from '../recipeProposal';
import { resetRecipe, useRecipe } from '../recipeStore';
import { fakeVault, stepsUpTo, type FakeVault } from '../testing/fakeVault';
import { keptRun } from '../testing/keptRun';
import { useView } from '../viewStore';
import { clearCompared, compareRun, mostCompared, needFigures } from './curves';
import {
  deleteRuns,
  exportKeptRun,
  importRuns,
  refreshHistory,
  setRunLabel,
  undoDeleteRuns,
  useHistory,
} from './historyStore';
import { runAgain } from './runAgain';
import { sameRun } from './sameRun';
import { replaceVault } from './vault';

let runs: FakeVault;

beforeEach(async () => {
  runs = fakeVault();
  replaceVault(runs);
  runs.put(keptRun({ id: 'a', createdAt: 1 }), stepsUpTo(4));
  runs.put(keptRun({ id: 'b', createdAt: 2, status: 'running' }), stepsUpTo(8));
  runs.put(keptRun({ id: 'c', createdAt: 3, status: 'running' }));
  runs.live.add('b');
  await refreshHistory();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const ids = (): string[] => (useHistory.getState().runs ?? []).map(({ record }) => record.id);

test('the newest comes first; of those that run, only the ones somebody holds are live', () => {
  expect(ids()).toEqual(['c', 'b', 'a']);
  expect([...useHistory.getState().live]).toEqual(['b']);
  expect(useHistory.getState().totalBytes).toBe(3_000_000);
});

test('a label is shown at once and stored whole', async () => {
  await setRunLabel('a', { name: 'first' });
  await setRunLabel('a', { tags: ['good'] });
  expect(runs.held.get('a')?.run.label).toEqual({ name: 'first', tags: ['good'], note: '' });
});

test('a run that is on its way out can’t be had back, and nobody says so', async () => {
  vi.useFakeTimers();
  let gone: () => void = () => undefined;
  const deleteRun = runs.deleteRun.bind(runs);
  runs.deleteRun = (id) => new Promise<void>((resolve) => (gone = resolve)).then(() => deleteRun(id));
  deleteRuns(['a']);
  await vi.advanceTimersByTimeAsync(9000);
  const { announcement } = useView.getState();
  undoDeleteRuns(['a']);
  expect([...useHistory.getState().leaving]).toEqual(['a']);
  expect(useView.getState().announcement).toBe(announcement);
  gone();
  await vi.advanceTimersByTimeAsync(10);
  expect(ids()).toEqual(['c', 'b']);
});

test('deleting can be undone for a while; live runs stay', async () => {
  vi.useFakeTimers();
  deleteRuns(['a', 'b', 'c']);
  expect([...useHistory.getState().leaving]).toEqual(['a', 'c']);
  undoDeleteRuns(['c']);
  await vi.advanceTimersByTimeAsync(9000);
  expect([...runs.held.keys()]).toEqual(['b', 'c']);
  expect(useHistory.getState().leaving.size).toBe(0);
});

test('ticked runs have their curves read, no more than can be told apart', async () => {
  for (let index = 0; index < 8; index++) runs.put(keptRun({ id: `r${index}` }), stepsUpTo(2));
  await refreshHistory();
  for (let index = 0; index < 8; index++) compareRun(`r${index}`, true);
  expect(useHistory.getState().compared).toHaveLength(mostCompared);
  await vi.waitFor(() => expect(useHistory.getState().curves.get('r5')?.step).toBe(2));
  compareRun('r0', false);
  expect(useHistory.getState().compared).not.toContain('r0');
  clearCompared();
});

test('a run that another tab deleted is compared no more', async () => {
  for (const id of ['a', 'b']) compareRun(id, true);
  const { compared } = useHistory.getState();
  await refreshHistory();
  expect(useHistory.getState().compared).toBe(compared);
  runs.held.delete('a');
  await refreshHistory();
  expect(useHistory.getState().compared).toEqual(['b']);
  clearCompared();
});

test('figures come from the events', async () => {
  await needFigures();
  expect(useHistory.getState().figures.get('a')).toMatchObject({ tokens: 400, tokensPerSecond: 10_000 });
  // Of steps that were not reported nobody knows how many tokens they read.
  const reported = stepsUpTo(8).filter((_, index) => index % 2 === 1);
  runs.put(keptRun({ id: 'sparse' }), reported);
  await refreshHistory();
  await needFigures();
  expect(useHistory.getState().figures.get('sparse')).toMatchObject({ tokens: null, tokensPerSecond: 10_000 });
});

test('an exported run is imported again; a file that is no run says so', async () => {
  const blobs: Blob[] = [];
  vi.stubGlobal('URL', { createObjectURL: (blob: Blob) => (blobs.push(blob), ''), revokeObjectURL: () => undefined });
  vi.stubGlobal('document', { createElement: () => ({ click: () => undefined }) });
  await exportKeptRun('a');
  await runs.deleteRun('a');
  expect(await importRuns([new File(blobs, 'run.zip')])).toEqual(['a']);
  expect(useHistory.getState()).toMatchObject({ error: null, importing: false });
  expect(useHistory.getState().said).toContain('Imported');
  await importRuns([new File(['no run'], 'other.zip')]);
  expect(useHistory.getState().error).not.toBeNull();
});

test('the same settings on the same data are recognised; anything else is not', () => {
  const recipe = defaultRecipe();
  const data = { dataHash: 'd', changesHash: 'none', trainRows: 90, validationRows: 10 };
  const model = { name: 'builtin', parameters: 4_200_000, fingerprint: 'one', weightDtype: 'f32' as const };
  const kept = [keptRun({ id: 'old', createdAt: 1 }), keptRun({ id: 'new', createdAt: 2 })];
  expect(sameRun(kept, recipe, data, model)?.record.id).toBe('new');
  expect(sameRun(kept, mergeRecipe(recipe, { 'training.seed': 1 }), data, model)).toBeNull();
  expect(sameRun(kept, recipe, { ...data, dataHash: 'other' }, model)).toBeNull();
  expect(sameRun(kept, recipe, { ...data, changesHash: 'some' }, model)).toBeNull();
  expect(sameRun(kept, recipe, { ...data, trainRows: 89 }, model)).toBeNull();
  expect(sameRun(kept, recipe, data, { ...model, weightDtype: 'int8' })).toBeNull();
  const { model: of } = keptRun().record;
  expect(sameRun([keptRun({ model: { ...of, fingerprint: 'one' } })], recipe, data, model)).not.toBeNull();
  expect(sameRun([keptRun({ model: { ...of, fingerprint: 'other' } })], recipe, data, model)).toBeNull();
  expect(sameRun([keptRun({ control: 'shuffled-labels' })], recipe, data, model)).toBeNull();
  expect(sameRun([keptRun({ status: 'stopped' })], recipe, data, model)).toBeNull();
});

test('run again puts the settings in force, says what is not here, and can be undone', async () => {
  resetRecipe();
  const recipe = mergeRecipe(defaultRecipe(), { 'adapter.r': 4, 'dataset.role_map': { bot: 'assistant' } });
  runs.put(keptRun({ id: 'again', recipe, label: { name: 'mine', tags: [], note: '' } }));
  await refreshHistory();
  runAgain('again');
  // How a file is read belongs to that file, which is not open.
  expect(useRecipe.getState().recipe).toEqual(mergeRecipe(defaultRecipe(), { 'adapter.r': 4 }));
  expect(useProposal.getState().applied).toMatchObject({ from: 'run mine' });
  expect(useProposal.getState().applied?.notes.join(' ')).toContain('rows.jsonl');
  undoProposal();
  expect(useRecipe.getState().recipe.adapter.r).toBe(16);
});
