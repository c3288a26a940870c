/** Runs that come back: found, drawn, offered, continued, discarded; the worker's death; what is tuned afterwards. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import type { RunRecord } from '../../protocol/run';
import { restoreAdapter, useAdapter } from '../adapterStore';
import { replaceClients, type Clients } from '../clients';
import { openFile } from '../datasetStore';
import { openDevice, useDevice } from '../deviceStore';
import { loadWeights, openTokenizer, useModel } from '../modelStore';
import { discardRun, stopRun, useRun } from '../runStore';
import { RunSeries } from '../runSeries';
import { fakeClients } from '../testing/fakeClients';
import { fakeVault, stepsUpTo, type FakeVault } from '../testing/fakeVault';
import { keptRun } from '../testing/keptRun';
import { memorySettings } from '../testing/memorySettings';
import { continueRun } from './continueRun';
import {
  continueInterrupted,
  discardInterrupted,
  findInterrupted,
  undoDiscardInterrupted,
  useInterrupted,
} from './interrupted';
import { revive } from './revive';
import { showLastRun } from './showKept';
import { startRun } from './startRun';
import { takeTunedOf } from './takeAdapter';
import { replaceVault } from './vault';

const builtin: NonNullable<RunRecord['model']['source']> = {
  kind: 'url',
  baseUrl: 'https://a.test/models/builtin/',
  name: 'builtin',
};
const model: RunRecord['model'] = {
  name: 'builtin',
  source: builtin,
  parameters: 4_200_000,
  fingerprint: 'f'.repeat(64),
  weightDtype: 'f32',
};
const rows = JSON.stringify({
  messages: [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Yo' },
  ],
});

let runs: FakeVault;
let both: Clients;

const interrupted = (change: Parameters<typeof keptRun>[0] = {}) =>
  keptRun({ id: 'one', status: 'running', steps: 12, checkpoints: [5, 10], hasAdapter: false, model, ...change });

/** The worker goes on with a kept run: its events again, then the rest, then the adapter in its folder. */
function resuming(): void {
  both.compute.resumeRun = ({ runId }, onEvent) => {
    const found = runs.held.get(runId);
    if (!found) return Promise.reject(new TunesmithError('run/none', 'none'));
    const all = [...found.events.slice(0, 10), ...stepsUpTo(20).slice(10)];
    onEvent(all.map((event, seq) => ({ ...event, runId, seq })));
    runs.put(keptRun({ ...found.run.record, status: 'completed', steps: 20, hasAdapter: true }), all);
    return Promise.resolve({ reason: 'completed', steps: 20, bestStep: null });
  };
}

beforeEach(async () => {
  vi.stubGlobal('location', { search: '', hash: '' });
  vi.stubGlobal('localStorage', memorySettings());
  vi.stubGlobal('fetch', () =>
    Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } })),
  );
  useRun.setState({ status: { kind: 'idle' }, series: new RunSeries(), version: 0 });
  useInterrupted.setState({ offer: null, problem: null, discarded: null });
  runs = fakeVault();
  replaceVault(runs);
  both = fakeClients({ steps: 6 });
  replaceClients(both);
  await openDevice();
  await Promise.all([openTokenizer(builtin), loadWeights(builtin)]);
  await openFile(new File([`${rows}\n${rows}`], 'rows.jsonl'), false);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test('an interrupted run is drawn as far as it came and offered from its newest checkpoint', async () => {
  runs.put(interrupted(), stepsUpTo(12));
  expect(await findInterrupted()).toBe(true);
  expect(useInterrupted.getState().offer).toMatchObject({ step: 10, run: { record: { id: 'one' } } });
  expect(useInterrupted.getState().offer?.reason).toContain('page was closed');
  expect(useRun.getState().status).toEqual({ kind: 'interrupted', runId: 'one', step: 12 });
  expect(useRun.getState().series.step).toBe(12);
});

test('an offer goes when another tab has the run', async () => {
  runs.put(interrupted({ id: 'taken' }), stepsUpTo(12));
  await findInterrupted();
  runs.live.add('taken');
  expect(await findInterrupted()).toBe(false);
  expect(useInterrupted.getState().offer).toBeNull();
});

test('a run that could not be continued just now is offered again, with what it said', async () => {
  runs.put(interrupted(), stepsUpTo(12));
  await findInterrupted();
  both.compute.resumeRun = () => Promise.reject(new TunesmithError('train/busy', 'another one is going on'));
  await continueInterrupted();
  expect(useRun.getState().status).toMatchObject({ kind: 'failed', error: { code: 'train/busy' } });
  expect(await findInterrupted()).toBe(true);
  expect(useInterrupted.getState().offer?.reason).toContain('page was closed');
});

test('of several the newest is offered; those that go on elsewhere never are', async () => {
  runs.put(interrupted({ id: 'old', updatedAt: 1 }));
  runs.put(interrupted({ id: 'new', updatedAt: 3, checkpoints: [] }));
  runs.put(interrupted({ id: 'elsewhere', updatedAt: 4 }));
  runs.live.add('elsewhere');
  await findInterrupted();
  expect(useInterrupted.getState().offer).toMatchObject({ step: null, run: { record: { id: 'new' } } });
});

test('stopped runs are not offered, and can be continued', async () => {
  runs.put(interrupted({ status: 'stopped' }), stepsUpTo(12));
  expect(await findInterrupted()).toBe(false);
  resuming();
  expect(await continueRun('one')).toBeNull();
  expect(useRun.getState().status).toMatchObject({ kind: 'done', result: { steps: 20 } });
});

test('continuing draws the whole curve and leaves the adapter of the run', async () => {
  runs.put(interrupted(), stepsUpTo(12));
  await findInterrupted();
  resuming();
  await continueInterrupted();
  expect(useInterrupted.getState().offer).toBeNull();
  const { status, series } = useRun.getState();
  expect(status).toMatchObject({ kind: 'done', result: { reason: 'completed', steps: 20 } });
  expect([...series.steps]).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { steps: 20, data: 'rows.jsonl' } });
});

test('a run on a folder of this computer says which one to give again, and stays offered', async () => {
  runs.put(interrupted({ model: { ...model, name: 'my-model', source: null } }));
  await findInterrupted();
  await continueInterrupted();
  const { offer, problem } = useInterrupted.getState();
  expect(offer).not.toBeNull();
  expect(problem).toMatchObject({ code: 'run/local-model' });
  expect(problem?.message).toContain('my-model');
});

test('a folder of the same name and size with other weights is not taken for the run’s own', async () => {
  const other = 'a'.repeat(64);
  useModel.setState({ source: { kind: 'files', files: [], name: model.name } });
  runs.put(interrupted({ model: { ...model, source: null, fingerprint: other } }));
  await findInterrupted();
  await continueInterrupted();
  expect(useInterrupted.getState().problem).toMatchObject({
    code: 'run/local-model',
    message: expect.stringContaining(
      'builtin, a folder of this computer with other weights than those in use',
    ) as string,
  });
});

test('other weights than the loaded ones are loaded as the run had them', async () => {
  const loadModel = vi.spyOn(both.compute, 'loadModel');
  runs.put(interrupted({ model: { ...model, weightDtype: 'int8' } }));
  await findInterrupted();
  resuming();
  await continueInterrupted();
  expect(loadModel.mock.calls.map(([, choice]) => choice)).toEqual([{ dtype: 'int8' }]);
});

test('pressed while a fresh worker still loads the model, it waits for it', async () => {
  runs.put(interrupted(), stepsUpTo(12));
  await findInterrupted();
  resuming();
  const resume = vi.spyOn(both.compute, 'resumeRun');
  useModel.setState({ weights: { kind: 'idle' } });
  const going = continueInterrupted();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(resume).not.toHaveBeenCalled();
  await loadWeights(builtin);
  await going;
  expect(useRun.getState().status.kind).toBe('done');
});

test('discarding can be undone for a while, then the run is deleted', async () => {
  runs.put(interrupted(), stepsUpTo(12));
  await findInterrupted();
  vi.useFakeTimers();
  discardInterrupted();
  expect(useInterrupted.getState().offer).toBeNull();
  expect(await findInterrupted()).toBe(false);
  undoDiscardInterrupted();
  expect(useInterrupted.getState().offer?.run.record.id).toBe('one');
  expect(useRun.getState().status.kind).toBe('interrupted');
  discardInterrupted();
  await vi.advanceTimersByTimeAsync(9000);
  expect(runs.held.size).toBe(0);
});

test('of two interrupted runs the second is offered when the first is gone, and each can be had back', async () => {
  runs.put(interrupted({ id: 'older', updatedAt: 1 }), stepsUpTo(12));
  runs.put(interrupted({ id: 'newer', updatedAt: 2 }), stepsUpTo(12));
  await findInterrupted();
  vi.useFakeTimers();
  discardInterrupted();
  // Anything that has the page look again: a name that another tab gave, for example.
  expect(await findInterrupted()).toBe(false);
  expect(useInterrupted.getState().offer).toBeNull();
  await vi.advanceTimersByTimeAsync(9000);
  expect([...runs.held.keys()]).toEqual(['older']);
  expect(await findInterrupted()).toBe(true);
  discardInterrupted();
  await vi.advanceTimersByTimeAsync(4000);
  undoDiscardInterrupted();
  await vi.advanceTimersByTimeAsync(9000);
  expect(useInterrupted.getState().offer?.run.record.id).toBe('older');
  expect([...runs.held.keys()]).toEqual(['older']);
});

test('an order before the worker has the run is carried out as soon as it has', async () => {
  const orders: string[] = [];
  const begin: (() => void)[] = [];
  let end = (_: unknown): void => undefined;
  const examples = both.data.examples.bind(both.data);
  both.data.examples = async (split) => {
    await new Promise<void>((resolve) => begin.push(resolve));
    return examples(split);
  };
  let isThere = false;
  both.compute.train = () => {
    isThere = true;
    return new Promise((resolve) => (end = resolve as typeof end));
  };
  both.compute.control = (runId, order) => {
    if (!isThere) return Promise.reject(new TunesmithError('train/no-run', `run ${runId}: it is not going on`));
    orders.push(order);
    end({ reason: 'stopped', steps: 0, bestStep: null });
    return Promise.resolve();
  };
  const run = startRun();
  await vi.waitFor(() => expect(useRun.getState().status.kind).toBe('preparing'));
  const stopped = stopRun();
  expect(useRun.getState().status.kind).toBe('stopping');
  await vi.waitFor(() => expect(begin).not.toEqual([]));
  for (const resolve of begin) resolve();
  await Promise.all([stopped, run]);
  expect(orders).toEqual(['stop']);
  expect(useRun.getState().status).toMatchObject({ kind: 'done', result: { reason: 'stopped' } });
});

test('a worker that dies leaves the run as interrupted, with the reason', async () => {
  both.compute.train = ({ runId }) => {
    runs.put(interrupted({ id: runId }), stepsUpTo(3));
    return Promise.reject(new TunesmithError('worker/crashed', 'The compute worker: stopped unexpectedly'));
  };
  await startRun();
  expect(useRun.getState().status.kind).toBe('interrupted');
  await findInterrupted();
  expect(useInterrupted.getState().offer?.reason).toContain('worker');
});

test('a dead worker is brought back once, and its run offered; a second death within a minute asks', async () => {
  const error = new TunesmithError('worker/crashed', 'The compute worker: stopped unexpectedly');
  const restart = vi.fn(() => Promise.resolve());
  let die = (_: unknown): void => undefined;
  both.compute.train = ({ runId }) => {
    runs.put(interrupted({ id: runId }), stepsUpTo(3));
    return new Promise((_, reject) => (die = reject));
  };
  const run = startRun();
  await vi.waitFor(() => expect(runs.held.size).toBe(1));
  // As clients.ts does it: what is pending rejects, and the death is told in the same moment.
  die(error);
  await revive(error, restart);
  await run;
  expect(restart).toHaveBeenCalledOnce();
  expect(useRun.getState().status.kind).toBe('interrupted');
  expect(useInterrupted.getState().offer?.reason).toContain('worker');
  await revive(error, restart);
  expect(restart).toHaveBeenCalledOnce();
  expect(useDevice.getState().status).toMatchObject({ kind: 'failed', error: { code: 'worker/crashed' } });
});

test('a refresh shows the last run again and has its adapter', async () => {
  both.compute.train = ({ runId }, onEvent) => {
    const events = stepsUpTo(6);
    onEvent(events.map((event, seq) => ({ ...event, runId, seq })));
    runs.put(keptRun({ id: runId, steps: 6, status: 'completed', bestStep: null, model }), events);
    return Promise.resolve({ reason: 'completed', steps: 6, bestStep: null });
  };
  await startRun();
  useRun.setState({ status: { kind: 'idle' }, series: new RunSeries(), version: 0 });
  await loadWeights(builtin);
  expect(useAdapter.getState().status.kind).toBe('none');
  await restoreAdapter('builtin');
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', restored: true, note: { steps: 6 } });
  await showLastRun();
  expect(useRun.getState().status).toMatchObject({ kind: 'done', result: { reason: 'completed', steps: 6 } });
  expect(useRun.getState().series.step).toBe(6);
});

test('a discarded run leaves nothing: status, shown run and adapter are those of before', async () => {
  runs.put(keptRun({ id: 'before', model }), stepsUpTo(4));
  expect(await takeTunedOf('before')).toBeNull();
  let order = '';
  both.compute.control = (_, given) => {
    order = given;
    return Promise.resolve();
  };
  both.compute.train = async () => {
    await vi.waitUntil(() => order === 'discard');
    return { reason: 'discarded', steps: 0, bestStep: null };
  };
  const run = startRun();
  await vi.waitFor(() => expect(useRun.getState().status.kind).toBe('preparing'));
  await discardRun();
  await run;
  expect(useRun.getState().status.kind).toBe('idle');
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { data: 'rows.jsonl' } });
});

test('a control run is asked for as one, and the adapter of before is in use again', async () => {
  runs.put(keptRun({ id: 'before', model, steps: 42, bestStep: null }), stepsUpTo(4));
  await takeTunedOf('before');
  const train = vi.spyOn(both.compute, 'train');
  await startRun({ control: 'shuffled-labels' });
  expect(train.mock.calls[0]?.[0]).toMatchObject({
    control: 'shuffled-labels',
    keep: { model, dataName: 'rows.jsonl' },
  });
  expect(useRun.getState().status.kind).toBe('done');
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { steps: 42 } });
});

test('a whole model is found again in its run; with weights of 16 bits it waits for another visit', async () => {
  runs.put(keptRun({ id: 'full', model, hasAdapter: false, hasModel: true }));
  expect(await takeTunedOf('full')).toBeNull();
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', whole: true, runId: 'full', restored: true });
  const load = vi.spyOn(both.compute, 'loadRunModel');
  const refresh = async (): Promise<string> => {
    await loadWeights(builtin);
    await restoreAdapter('builtin');
    return useAdapter.getState().status.kind;
  };
  load.mockRejectedValueOnce(new TunesmithError('recipe/full-dtype', 'f16'));
  expect(await refresh()).toBe('none');
  expect(await refresh()).toBe('ready');
  expect(useAdapter.getState().status).toMatchObject({ whole: true, runId: 'full' });
  load.mockRejectedValueOnce(new TunesmithError('run/none', 'deleted'));
  expect(await refresh()).toBe('none');
  expect(await refresh()).toBe('none');
  expect(load).toHaveBeenCalledTimes(3);
});

test('training further sends the adapter in use, and names its run; afresh is the usual', async () => {
  runs.put(keptRun({ id: 'before', model }));
  await takeTunedOf('before');
  const train = vi.spyOn(both.compute, 'train');
  await startRun({ startFrom: 'adapter' });
  expect(train.mock.calls[0]?.[0].keep?.parent).toEqual({ runId: 'before', step: 60 });
  train.mockClear();
  await startRun();
  await startRun({ startFrom: 'adapter' });
  expect(train.mock.calls.map(([{ keep }]) => keep?.parent)).toEqual([null, null]);
  expect(train.mock.calls.map(([{ adapter }]) => adapter?.map(({ name }) => name) ?? null)).toEqual([
    null,
    ['adapter_config.json', 'adapter_model.safetensors'],
  ]);
});

test('a run that another tab holds up is tried once more where nobody holds the lock', async () => {
  const train = vi.spyOn(both.compute, 'train');
  train.mockRejectedValueOnce(new TunesmithError('train/other-tab', 'another tab'));
  await startRun();
  expect(train).toHaveBeenCalledTimes(2);
  expect(useRun.getState().status.kind).toBe('done');
});

test('a run that is stopped before its first step leaves the adapter of before', async () => {
  runs.put(keptRun({ id: 'before', model, steps: 42, bestStep: null }));
  await takeTunedOf('before');
  both.compute.train = () => Promise.resolve({ reason: 'stopped', steps: 0, bestStep: null });
  const run = startRun();
  await stopRun();
  await run;
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { steps: 42 } });
});
