/** A folder or a zip dropped on the page is opened for what it is. */
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { useAdapter } from './adapterStore';
import { replaceClients, type Clients } from './clients';
import { openDevice } from './deviceStore';
import { builtinSource, loadWeights, useModel } from './modelStore';
import { isFolderOrZip, openDropped } from './openLocal';
import { useHistory } from './runs/historyStore';
import { fakeClients } from './testing/fakeClients';
import { memorySettings } from './testing/memorySettings';
import { setNotice, useView } from './viewStore';

let both: Clients;

beforeEach(async () => {
  vi.stubGlobal('location', { search: '', hash: '' });
  vi.stubGlobal('document', { baseURI: 'https://a.test/', getElementById: () => null });
  vi.stubGlobal('history', { replaceState: () => undefined });
  vi.stubGlobal('localStorage', memorySettings());
  both = fakeClients();
  replaceClients(both);
  await openDevice();
  await loadWeights(builtinSource());
  setNotice(null);
  useView.setState({ showsRuns: false, showsModels: false });
});
afterEach(() => vi.unstubAllGlobals());

const bytes = Uint8Array.of(1, 2, 3);

async function zipOf(name: string, paths: readonly string[]): Promise<File> {
  const writer = new ZipWriter(new Uint8ArrayWriter());
  for (const path of paths) await writer.add(path, new Uint8ArrayReader(bytes));
  return new File([await writer.close()], name);
}

const fileEntry = (path: string, file: File): unknown => ({
  isFile: true,
  isDirectory: false,
  fullPath: `/${path}`,
  name: file.name,
  file: (done: (file: File) => void) => done(file),
});

/** What a browser gives of one dropped file, or of one folder of files. */
function dropped(what: File | { folder: string; names: readonly string[] }): DataTransferItemList {
  let entry: unknown;
  if (what instanceof File) entry = fileEntry(what.name, what);
  else {
    let left = what.names.map((name) => fileEntry(`${what.folder}/${name}`, new File([bytes], name)));
    const readEntries = (done: (some: unknown[]) => void): void => {
      done(left);
      left = [];
    };
    entry = {
      isFile: false,
      isDirectory: true,
      fullPath: `/${what.folder}`,
      name: what.folder,
      createReader: () => ({ readEntries }),
    };
  }
  return [{ webkitGetAsEntry: () => entry }] as unknown as DataTransferItemList;
}

const peft = ['adapter_config.json', 'adapter_model.safetensors'];

test('an adapter, as a folder or a zip, is put in use and called as its folder is', async () => {
  const load = vi.spyOn(both.compute, 'loadAdapter');
  await openDropped(dropped({ folder: 'island', names: peft }));
  expect(useView.getState().notice).toBeNull();
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { file: 'island' } });
  await openDropped(
    dropped(
      await zipOf(
        'beach.zip',
        peft.map((name) => `beach/${name}`),
      ),
    ),
  );
  expect(useAdapter.getState().status).toMatchObject({ kind: 'ready', note: { file: 'beach.zip' } });
  expect(load).toHaveBeenCalledTimes(2);
});

test('why an adapter cannot be used is said', async () => {
  useModel.setState({ weights: { kind: 'idle' } });
  await openDropped(dropped({ folder: 'island', names: peft }));
  expect(useView.getState().notice).toMatchObject({ code: 'model/none' });
});

test('an exported run goes to the runs', async () => {
  await openDropped(dropped(await zipOf('run.zip', ['manifest.json', 'run.json', 'events.jsonl'])));
  expect(useView.getState()).toMatchObject({ showsRuns: true, showsModels: false, notice: null });
  // It holds no sound run, and that is said where runs are.
  expect(useHistory.getState()).toMatchObject({ importing: false, error: expect.anything() as unknown });
});

test('a model’s zip goes to the models, and so does a zip of which nothing is known: they say what it lacks', async () => {
  for (const paths of [['m/config.json', 'm/model.safetensors'], ['notes.txt']]) {
    useView.setState({ showsModels: false });
    await openDropped(dropped(await zipOf('m.zip', paths)));
    expect(useView.getState()).toMatchObject({ showsModels: true, showsRuns: false });
  }
});

test('a folder of anything else is refused by name', async () => {
  const folder = dropped({ folder: 'holiday', names: ['a.jpg'] });
  expect(isFolderOrZip(folder)).toBe(true);
  await openDropped(folder);
  expect(useView.getState().notice).toMatchObject({ code: 'data/is-a-folder' });
  expect(isFolderOrZip(dropped(new File(['{}'], 'rows.jsonl')))).toBe(false);
});
