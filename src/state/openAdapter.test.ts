/** An adapter of this computer in use: opened, found again, trained further. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Recipe } from '../recipe/schema';
import { forgetAdapter, removeAdapter, restoreAdapter, useAdapter } from './adapterStore';
import { replaceClients, type Clients } from './clients';
import { openDevice } from './deviceStore';
import { builtinSource, loadWeights, useModel } from './modelStore';
import { openAdapter } from './openAdapter';
import { canGoOn, chooseStart, useStartFrom } from './startFrom';
import { fakeClients } from './testing/fakeClients';
import { fakeNavigator } from './testing/fakeDisk';
import { memorySettings } from './testing/memorySettings';

let both: Clients;

beforeEach(async () => {
  vi.stubGlobal('location', { search: '', hash: '' });
  vi.stubGlobal('document', { baseURI: 'https://a.test/' });
  vi.stubGlobal('localStorage', memorySettings());
  both = fakeClients();
  replaceClients(both);
  await openDevice();
  await loadWeights(builtinSource());
});
afterEach(() => vi.unstubAllGlobals());

const config = new TextEncoder().encode('{"r":4}');
const weights = Uint8Array.of(1, 2, 3);

/** A file as a chosen folder gives it. */
function inFolder(path: string, bytes: Uint8Array<ArrayBuffer>): File {
  const file = new File([bytes], path.split('/').at(-1) ?? '');
  // Node's files have none; a browser's that was chosen alone has an empty one.
  Object.defineProperty(file, 'webkitRelativePath', { value: path.includes('/') ? path : '' });
  return file;
}

async function zipOf(entries: Record<string, Uint8Array>): Promise<File> {
  const writer = new ZipWriter(new Uint8ArrayWriter());
  for (const [name, bytes] of Object.entries(entries)) await writer.add(name, new Uint8ArrayReader(bytes));
  return inFolder('island.zip', await writer.close());
}

test('a folder, or a zip of one: its two files go to the worker, and the page says whence they are', async () => {
  const load = vi.spyOn(both.compute, 'loadAdapter');
  const folder = [
    inFolder('island/README.md', weights),
    inFolder('island/adapter_config.json', config),
    inFolder('island/adapter_model.safetensors', weights),
  ];
  expect(await openAdapter(folder)).toBeNull();
  expect(useAdapter.getState().status).toMatchObject({
    kind: 'ready',
    whole: false,
    runId: null,
    note: { file: 'island', model: 'builtin' },
  });
  const zip = await zipOf({
    'adapter/README.md': weights,
    'adapter/adapter_model.safetensors': weights,
    'adapter/adapter_config.json': config,
  });
  expect(await openAdapter([zip])).toBeNull();
  for (const [files] of load.mock.calls) {
    const sorted = [...files].sort((one, two) => one.name.localeCompare(two.name));
    expect(sorted).toEqual([
      { name: 'adapter_config.json', bytes: config },
      { name: 'adapter_model.safetensors', bytes: weights },
    ]);
  }
  expect(load).toHaveBeenCalledTimes(2);
});

test('what is no zip, and an adapter that the worker refuses, are told; what was in use stays', async () => {
  expect(await openAdapter([inFolder('a.zip', config)])).toMatchObject({ code: 'model/bad-zip' });
  both.compute.loadAdapter = () => Promise.reject(new Error('another model'));
  expect(await openAdapter([inFolder('x/adapter_config.json', config)])).toMatchObject({ message: 'another model' });
  expect(useAdapter.getState().status.kind).toBe('none');
  useModel.setState({ weights: { kind: 'idle' } });
  expect(await openAdapter([])).toMatchObject({ code: 'model/none' });
});

test('training further is offered for an adapter, and what was chosen goes with it', async () => {
  const lora = { adapter: { kind: 'lora' } } as Recipe;
  expect(canGoOn(useAdapter.getState().status, lora)).toBe(false);
  await openAdapter([inFolder('island/adapter_config.json', config)]);
  expect(canGoOn(useAdapter.getState().status, lora)).toBe(true);
  expect(canGoOn(useAdapter.getState().status, { adapter: { kind: 'none' } } as Recipe)).toBe(false);
  chooseStart('adapter');
  await removeAdapter();
  expect(useStartFrom.getState().wanted).toBe('base');
});

test('an adapter that is still being read when another model is opened is neither put on that one nor forgotten', async () => {
  vi.stubGlobal('navigator', fakeNavigator());
  const folder = [
    inFolder('island/adapter_config.json', config),
    inFolder('island/adapter_model.safetensors', weights),
  ];
  expect(await openAdapter(folder)).toBeNull();
  forgetAdapter();
  const load = vi.spyOn(both.compute, 'loadAdapter').mockRejectedValue(new Error('it does not fit'));
  const restoring = restoreAdapter('builtin');
  await loadWeights({ kind: 'files', files: [], name: 'other' });
  await restoring;
  expect(load).not.toHaveBeenCalled();
  expect(useAdapter.getState().status.kind).toBe('none');
  load.mockResolvedValue();
  await restoreAdapter('builtin');
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { file: 'island' } });
});
