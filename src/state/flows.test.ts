/** The page's commands over faked workers: opening data, running, pausing, stopping, failing, chatting. */
import { beforeEach, expect, test, vi } from 'vitest';
import { downloadAdapter, useAdapter } from './adapterStore';
import { ask, askTuned, clearChat, history, isAnswering, setDraft, undoClear, useChat } from './chatStore';
import { replaceClients } from './clients';
import { needRows, openFile, relabelIfNeeded, useDataset } from './datasetStore';
import { openDevice } from './deviceStore';
import { loadWeights, openTokenizer, useModel } from './modelStore';
import { acceptBrokenRows, editRecipe, resetRecipe, useRecipe } from './recipeStore';
import { pauseRun, resumeRun, stopRun, useRun } from './runStore';
import { startRun } from './runs/startRun';
import { RunSeries } from './runSeries';
import type { ModelSource } from '../protocol/model';
import { fakeClients } from './testing/fakeClients';

const row = (user: string, assistant: string): string =>
  JSON.stringify({
    messages: [
      { role: 'user', content: user },
      { role: 'assistant', content: assistant },
    ],
  });
const good = [row('Hi', 'Yo'), row('Who?', 'Me.'), row('Why?', 'Because.')].join('\n');
const file = (text: string): File => new File([text], 'rows.jsonl');
const source: ModelSource = { kind: 'files', files: [], name: 'builtin' };

async function ready(options = {}, text = good): Promise<void> {
  replaceClients(fakeClients(options));
  await openDevice();
  await Promise.all([openTokenizer(source), loadWeights(source)]);
  await openFile(file(text), false);
}

beforeEach(() => {
  vi.stubGlobal('location', { search: '', hash: '' });
  useRun.setState({ status: { kind: 'idle' }, series: new RunSeries(), version: 0 });
  useChat.setState({ turns: [], cleared: null, draft: '' });
  resetRecipe();
});

test('a file is summed up and its rows arrive when they are needed', async () => {
  await ready();
  needRows(0, 2);
  await vi.waitFor(() => expect(useDataset.getState().rows.size).toBe(3));
  const first = useDataset.getState().rows.get(0);
  expect(first?.ok === true && first.text).toContain('Yo');
});

test('a chat that is cleared twice while an answer is written can still be had back', async () => {
  await ready({ stepMs: 5 });
  const asked = ask('Hi?');
  await Promise.all([clearChat(), clearChat()]);
  undoClear();
  expect(useChat.getState().turns).toHaveLength(1);
  await asked;
});

test('a run goes from idle to done, and leaves curves and an adapter', async () => {
  await ready({ steps: 15 });
  await startRun();
  const { status, series } = useRun.getState();
  expect(status).toMatchObject({ kind: 'done', result: { reason: 'completed', steps: 15 } });
  expect(series.losses).toHaveLength(15);
  expect(series.evals).toHaveLength(1);
  expect(series.samples.length).toBeGreaterThan(0);
  expect(useAdapter.getState().status.kind).toBe('ready');
});

test('a run that is started right after a knob was changed has its rows labelled under that recipe', async () => {
  const calls: Record<string, number> = {};
  await ready({ steps: 3, calls });
  expect(editRecipe('training.max_length', 77)).toBeNull();
  expect(calls['relabel'] ?? 0).toBe(0);
  await startRun();
  expect(calls['relabel']).toBe(1);
  expect(useRun.getState().status.kind).toBe('done');
});

test('a full run leaves a whole model, which is downloaded in pieces', async () => {
  await ready({ steps: 3 });
  expect(editRecipe('adapter.kind', 'none')).toBeNull();
  await startRun();
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', whole: true });
  const link = { click: vi.fn(), href: '', download: '' };
  vi.stubGlobal('document', { createElement: () => link });
  await downloadAdapter();
  expect(link.click).toHaveBeenCalledOnce();
  expect(useAdapter.getState().download).toMatchObject({
    kind: 'done',
    files: [
      { name: 'config.json', sizeBytes: 2 },
      { name: 'model.safetensors', sizeBytes: 3000 },
    ],
  });
});

test('pause holds the run, resume goes on, stop ends it and keeps the adapter', async () => {
  await ready({ steps: 1000, stepMs: 1 });
  const run = startRun();
  await vi.waitFor(() => expect(useRun.getState().status.kind).toBe('running'));
  await pauseRun();
  expect(useRun.getState().status.kind).toBe('paused');
  await new Promise((resolve) => setTimeout(resolve, 30));
  const held = useRun.getState().series.step;
  await new Promise((resolve) => setTimeout(resolve, 150));
  expect(useRun.getState().series.step).toBe(held);
  // Late drawing must not turn a paused run back into a running one.
  expect(useRun.getState().status.kind).toBe('paused');
  await resumeRun();
  await vi.waitFor(() => expect(useRun.getState().series.step).toBeGreaterThan(held));
  await stopRun();
  await run;
  expect(useRun.getState().status).toMatchObject({ kind: 'done', result: { reason: 'stopped' } });
  expect(useAdapter.getState().status.kind).toBe('ready');
});

test('a run that fails says at which step, and the next one can start', async () => {
  await ready({ steps: 9, failAt: 4 });
  await startRun();
  expect(useRun.getState().status).toMatchObject({ kind: 'failed', step: 3 });
  await ready({ steps: 2 });
  await startRun();
  expect(useRun.getState().status.kind).toBe('done');
});

test('no run starts while the data is not fit', async () => {
  await ready({}, `${good}\nnot json`);
  await startRun();
  expect(useRun.getState().status.kind).toBe('idle');
  acceptBrokenRows(1);
  await relabelIfNeeded();
  expect(useDataset.getState().status).toMatchObject({ kind: 'ready', summary: { brokenRows: 1, blocker: null } });
  await startRun();
  expect(useRun.getState().status.kind).toBe('done');
});

test('another file takes the consent back', async () => {
  await ready({}, `${good}\nnot json`);
  acceptBrokenRows(1);
  await openFile(file(good), false);
  expect(useRecipe.getState().recipe.dataset.max_rows_in_error).toBe(0);
});

test('a knob that does not fit is refused with the reason and changes nothing', () => {
  const before = useRecipe.getState().recipe.adapter.r;
  expect(editRecipe('adapter.r', 0)).toContain('>=1');
  expect(useRecipe.getState().recipe.adapter.r).toBe(before);
  expect(editRecipe('adapter.r', before + 1)).toBeNull();
  expect(useRecipe.getState().changed).toEqual(['adapter.r']);
  editRecipe('adapter.r', before);
  expect(useRecipe.getState().changed).toEqual([]);
});

test('base alone answers before tuning, both after, each with its own history', async () => {
  await ready({ steps: 2 });
  await ask('What is the capital of Velmora?');
  expect(useChat.getState().turns[0]).toMatchObject({ base: { kind: 'done' }, tuned: null });
  await startRun();
  await askTuned(useChat.getState().turns[0]?.id ?? '');
  await ask('And again?');
  const { turns } = useChat.getState();
  expect(turns[1]).toMatchObject({
    base: { text: 'The capital is Paris.' },
    tuned: { text: 'The capital of Velmora is Tarn.' },
  });
  expect(history(turns, 'tuned').map((message) => message.role)).toEqual(['user', 'assistant', 'user', 'assistant']);
  expect(history(turns, 'tuned')[1]?.content).toContain('Tarn');
  expect(history(turns, 'base')[1]?.content).toContain('Paris');
});

test('clearing the chat can be undone', async () => {
  await ready();
  await ask('Hello');
  await clearChat();
  expect(useChat.getState().turns).toEqual([]);
  undoClear();
  expect(useChat.getState().turns).toHaveLength(1);
});

test('a chat cleared in the middle of an answer comes back with the answer ended', async () => {
  await ready();
  const asked = ask('Hello');
  expect(isAnswering(useChat.getState().turns)).toBe(true);
  await clearChat();
  await asked;
  undoClear();
  expect(useChat.getState().turns).toMatchObject([{ base: { kind: 'done' } }]);
});

test('a suggested question leaves what is being typed', async () => {
  await ready();
  setDraft('Half a thou');
  await ask('Hello', true);
  expect(useChat.getState().draft).toBe('Half a thou');
  await ask('Half a thou');
  expect(useChat.getState().draft).toBe('');
});

test('another model begins a conversation of its own', async () => {
  await ready();
  await ask('Hello');
  await ask('And?');
  expect(useChat.getState().turns.map(({ fresh }) => fresh)).toEqual([true, false]);
  await loadWeights({ ...source, name: 'other' });
  await ask('And now?');
  expect(useChat.getState().turns[2]).toMatchObject({ fresh: true, model: 'other' });
  expect(history(useChat.getState().turns, 'base').map(({ content }) => content)).toEqual([
    'And now?',
    'The capital is Paris.',
  ]);
});

test('a model that cannot be loaded is a state, not a throw', async () => {
  const broken = fakeClients();
  broken.compute.loadModel = () => Promise.reject(new Error('no such file'));
  replaceClients(broken);
  expect(await loadWeights(source)).toBe(false);
  expect(useModel.getState().weights).toMatchObject({ kind: 'failed', error: { message: 'no such file' } });
});
