import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FitSuggestion, MemoryForecast, RunRows } from '../protocol/memory';
import type { Recipe } from '../recipe/schema';
import { replaceClients, type Clients } from './clients';
import { openFile, useDataset } from './datasetStore';
import { openDevice, useDevice } from './deviceStore';
import { memoryLimit, parseGigabytes, setMemoryLimit, useMemoryLimit } from './memoryLimit';
import { loadWeights, openTokenizer, useModel } from './modelStore';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';
import {
  applySuggestion,
  followForecast,
  forecastForRun,
  isTaken,
  refreshForecast,
  resetForecast,
  undoSettings,
  useRunForecast,
} from './runForecast';
import { useRun } from './runStore';
import { fakeClients } from './testing/fakeClients';

const source = { kind: 'url', baseUrl: 'models/builtin/', name: 'builtin' } as const;
const lines = [5, 9].map((words) =>
  JSON.stringify({
    messages: [
      { role: 'user', content: 'a '.repeat(words).trim() },
      { role: 'assistant', content: 'b c' },
    ],
  }),
);

/** Gives out 1 MB a token of the longest row, of 30 MB. */
const availableBytes = 30e6;
let asked: { recipe: Recipe; rows: RunRows | null | undefined }[] = [];
let clients: Clients;

beforeEach(async () => {
  vi.stubGlobal('location', { search: '', hash: '' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 404 })));
  clients = fakeClients();
  const whole = await clients.compute.forecastMemory(null, useRecipe.getState().recipe);
  const forecastOf = (recipe: Recipe, rows?: RunRows | null): MemoryForecast => {
    const tokens = Math.max(...(rows?.train.tokens ?? []));
    const total = 1e6 * tokens * recipe.training.per_device_train_batch_size;
    return { ...whole, total, availableBytes, verdict: total <= availableBytes ? 'fits' : 'too-large' };
  };
  asked = [];
  clients.compute.forecastMemory = (_, recipe, rows) => {
    asked.push({ recipe, rows });
    return Promise.resolve(forecastOf(recipe, rows));
  };
  clients.compute.suggestFit = (_, recipe, rows) => {
    const { per_device_train_batch_size: from } = recipe.training;
    const fitting = { ...recipe, training: { ...recipe.training, per_device_train_batch_size: 1 } };
    const change = { path: 'training.per_device_train_batch_size', from, to: 1, consequence: 'Slower.' };
    const longer = { path: 'training.gradient_accumulation_steps', from: 8, to: 8 * from, consequence: 'Same.' };
    return Promise.resolve<FitSuggestion>({ changes: [change, longer], forecast: forecastOf(fitting, rows) });
  };
  replaceClients(clients);
  resetForecast();
  resetRecipe();
  useRun.setState({ status: { kind: 'idle' } });
  await openDevice();
  await loadWeights(source);
  await openTokenizer(source);
  await openFile(new File([lines.join('\n')], 'rows.jsonl'), false);
});

afterEach(() => {
  replaceClients(null);
  vi.unstubAllGlobals();
});

describe('forecast of the run to come', () => {
  test('of the present rows and recipe; the same is not made twice; a run takes it along', async () => {
    await refreshForecast();
    const { forecast } = useRunForecast.getState();
    const longest = Math.max(...(asked[0]?.rows?.train.tokens ?? []));
    expect(longest).toBeGreaterThan(9);
    expect(forecast).toMatchObject({ verdict: 'fits', total: 1e6 * longest });
    await refreshForecast();
    expect(await forecastForRun()).toBe(forecast?.total);
    expect(asked).toHaveLength(1);
    editRecipe('training.learning_rate', 1e-3);
    await refreshForecast();
    expect(asked).toHaveLength(2);
  });

  test('a run that begins while the forecast is being made takes that of its own settings along', async () => {
    await refreshForecast();
    const before = useRunForecast.getState().forecast?.total ?? 0;
    editRecipe('training.per_device_train_batch_size', 2);
    const making = refreshForecast();
    expect(await forecastForRun()).toBe(2 * before);
    await making;
  });

  test('a run that begins right after a change has its own forecast beside it', async () => {
    await refreshForecast();
    const { forecast: before } = useRunForecast.getState();
    editRecipe('training.learning_rate', 1e-3);
    await forecastForRun();
    useRun.setState({ status: { kind: 'running', runId: 'a', phase: 'training' } });
    expect(asked).toHaveLength(2);
    expect(useRunForecast.getState().forecast).not.toBe(before);
  });

  test('that of another model is not shown for the one that is being loaded', async () => {
    const stop = followForecast();
    await refreshForecast();
    expect(useRunForecast.getState().forecast).not.toBeNull();
    useModel.setState({ source: { kind: 'files', files: [], name: 'other' }, weights: { kind: 'idle' } });
    expect(useRunForecast.getState().forecast).toBeNull();
    await loadWeights(source);
    await refreshForecast();
    expect(useRunForecast.getState().forecast).not.toBeNull();
    stop();
  });

  test('while a run goes on none is made', async () => {
    useRun.setState({ status: { kind: 'running', runId: 'a', phase: 'training' } });
    await refreshForecast();
    expect(asked).toHaveLength(0);
    expect(await forecastForRun()).toBeNull();
  });

  test('settings that fit are taken over and put back, several at once', async () => {
    editRecipe('training.per_device_train_batch_size', 4);
    editRecipe('training.gradient_accumulation_steps', 8);
    await refreshForecast();
    const { forecast, suggestion } = useRunForecast.getState();
    expect(forecast?.verdict).toBe('too-large');
    if (!suggestion) throw new Error('a suggestion was expected');
    applySuggestion(suggestion);
    const batch = (): number[] => {
      const { training } = useRecipe.getState().recipe;
      return [training.per_device_train_batch_size, training.gradient_accumulation_steps];
    };
    expect(batch()).toEqual([1, 32]);
    expect(isTaken(useRunForecast.getState(), useRecipe.getState().recipe)).toBe(true);
    await refreshForecast();
    expect(useRunForecast.getState()).toMatchObject({ forecast: { verdict: 'fits' }, suggestion: undefined });
    undoSettings();
    expect(batch()).toEqual([4, 8]);
    expect(useRunForecast.getState().taken).toBeNull();
  });

  test('a forecast that fails says why, and is made again after a change', async () => {
    const working = clients;
    const forecastMemory = () => Promise.reject(new Error('no such module'));
    replaceClients({ ...clients, compute: { ...clients.compute, forecastMemory } });
    await refreshForecast();
    expect(useRunForecast.getState()).toMatchObject({ forecast: null, error: { message: 'no such module' } });
    replaceClients(working);
    editRecipe('adapter.r', 4);
    await refreshForecast();
    expect(useRunForecast.getState()).toMatchObject({ error: null, forecast: { verdict: 'fits' } });
  });
});

describe('limit of memory', () => {
  test('from the address or typed; the worker hears of it', async () => {
    const limits: (number | null)[] = [];
    clients.compute.limitMemory = (bytes) => {
      limits.push(bytes);
      return Promise.resolve();
    };
    vi.stubGlobal('location', { search: '?memory=50' });
    useMemoryLimit.setState({ bytes: undefined });
    expect(memoryLimit()).toBe(50e6);
    await openDevice();
    await setMemoryLimit(2e9);
    expect(memoryLimit()).toBe(2e9);
    await setMemoryLimit(null);
    expect(limits).toEqual([50e6, 2e9, null]);
    expect(useDevice.getState().status.kind).toBe('ready');
    expect(useDataset.getState().status.kind).toBe('ready');
  });

  test('gigabytes as typed', () => {
    expect(['1.5', '2 GB', '0,5', '', ' '].map(parseGigabytes)).toEqual([1.5e9, 2e9, 0.5e9, null, null]);
    expect(['x', '-1', '0'].map(parseGigabytes)).toEqual([undefined, undefined, undefined]);
  });
});
