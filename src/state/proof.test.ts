/** Control run and discarding, over faked workers. */
import { beforeEach, expect, test, vi } from 'vitest';
import { replaceClients } from './clients';
import { openFile } from './datasetStore';
import { openDevice } from './deviceStore';
import { loadWeights, openTokenizer, useModel } from './modelStore';
import { checkGradients, startControlRun, useProof } from './proofStore';
import { resetRecipe } from './recipeStore';
import { requestDiscard, undoDiscard, useDiscard } from './runDiscard';
import { RunSeries } from './runSeries';
import { resumeRun, useRun } from './runStore';
import { startRun } from './runs/startRun';
import { fakeClients } from './testing/fakeClients';
import type { ModelSource } from '../protocol/model';

const turn = (role: string, content: string): { role: string; content: string } => ({ role, content });
const row = JSON.stringify({ messages: [turn('user', 'Hi'), turn('assistant', 'Yo')] });
const source: ModelSource = { kind: 'files', files: [], name: 'builtin' };

beforeEach(() => {
  vi.stubGlobal('location', { search: '', hash: '' });
  useRun.setState({ status: { kind: 'idle' }, series: new RunSeries(), version: 0 });
  useProof.setState({ gradients: { kind: 'none' }, control: { kind: 'none' } });
  resetRecipe();
});

async function ready(options: Parameters<typeof fakeClients>[0]): Promise<ReturnType<typeof fakeClients>> {
  const clients = fakeClients(options);
  replaceClients(clients);
  await openDevice();
  await Promise.all([openTokenizer(source), loadWeights(source)]);
  await openFile(new File([[row, row, row].join('\n')], 'rows.jsonl'), false);
  return clients;
}

test('a control run is shown while it goes on, then the run before it again, with its curve beside it', async () => {
  await ready({ steps: 30, stepMs: 1 });
  await startRun();
  const { series, status } = useRun.getState();
  const control = startControlRun();
  await vi.waitFor(() => expect(useRun.getState().series).not.toBe(series), { interval: 1 });
  expect(useProof.getState().control).toMatchObject({ kind: 'running', evals: series.evals });
  await control;
  expect(useRun.getState()).toMatchObject({ series, status });
  expect(useProof.getState().control).toMatchObject({ kind: 'done', evals: [{ step: 15 }, { step: 30 }] });
  await startRun();
  expect(useProof.getState().control.kind).toBe('none');
});

test('a control run that fails says why, and the run before it is shown again', async () => {
  const clients = await ready({ steps: 3 });
  await startRun();
  const { series } = useRun.getState();
  clients.compute.train = () => Promise.reject(new Error('no room'));
  await startControlRun();
  expect(useProof.getState().control).toMatchObject({ kind: 'failed', error: { message: 'no room' } });
  expect(useRun.getState()).toMatchObject({ series, status: { kind: 'done' } });
});

test('a control run with no run before it leaves nothing that could be taken for one', async () => {
  await ready({ steps: 30, stepMs: 1 });
  const { series } = useRun.getState();
  await startControlRun();
  expect(useProof.getState().control).toMatchObject({ kind: 'done', evals: [{ step: 15 }, { step: 30 }] });
  expect(useRun.getState()).toMatchObject({ series, status: { kind: 'idle' } });
});

test('a control run that could not begin does not show the failure of the run before it', async () => {
  const clients = await ready({ steps: 3 });
  const train = clients.compute.train.bind(clients.compute);
  clients.compute.train = () => Promise.reject(new Error('no room'));
  await startRun();
  clients.compute.train = train;
  const { tokenizer } = useModel.getState();
  useModel.setState({ tokenizer: { kind: 'loading' } });
  await startControlRun();
  useModel.setState({ tokenizer });
  expect(useProof.getState().control.kind).toBe('none');
  expect(useRun.getState().status).toMatchObject({ kind: 'failed', error: { message: 'no room' } });
});

test('the gradient check shows its progress and its result', async () => {
  const clients = await ready({});
  const result = { parts: [], passed: true, rows: 1, tokens: 9, ms: 5 };
  clients.compute.checkGradients = async (_, onProgress) => {
    onProgress(1, 2);
    await vi.waitFor(() => expect(useProof.getState().gradients).toEqual({ kind: 'running', done: 1, total: 2 }));
    return result;
  };
  await checkGradients();
  expect(useProof.getState().gradients).toEqual({ kind: 'done', result });
});

test('discarding pauses first and can be taken back; left alone it discards', async () => {
  const clients = await ready({ steps: 1000, stepMs: 1 });
  const orders: string[] = [];
  const control = clients.compute.control.bind(clients.compute);
  clients.compute.control = (runId, order) => {
    orders.push(order);
    return control(runId, order);
  };
  const run = startRun();
  await vi.waitFor(() => expect(useRun.getState().status.kind).toBe('running'));
  requestDiscard();
  expect(useRun.getState().status.kind).toBe('paused');
  undoDiscard();
  expect(useRun.getState().status.kind).toBe('running');
  expect(useDiscard.getState().runId).toBeNull();
  requestDiscard();
  await resumeRun();
  expect(useDiscard.getState().runId).toBeNull();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  requestDiscard();
  vi.advanceTimersByTime(5000);
  vi.useRealTimers();
  expect(useRun.getState().status.kind).toBe('stopping');
  expect(orders).toEqual(['pause', 'resume', 'pause', 'resume', 'pause', 'discard']);
  await control('', 'stop');
  await run;
});
