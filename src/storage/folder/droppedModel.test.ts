import { expect, test } from 'vitest';
import { chosenFiles, droppedFiles, droppedModel } from './droppedModel';
import { modelRoot } from './folderRoot';

test('the folder of a model is the outermost one with a config.json', () => {
  expect(modelRoot(['a/b/config.json', 'a/config.json', 'a/z/config.json'])).toBe('a/');
  expect(modelRoot(['config.json', 'a/config.json'])).toBe('');
  expect(modelRoot(['__MACOSX/config.json', 'a/._config.json', 'myconfig.json'])).toBeNull();
});

const file = (name: string): File => new File(['x'], name);

test('files chosen in a dialog: those beside config.json', () => {
  const placed = ['m/config.json', 'm/model-00001-of-00002.safetensors', 'm/onnx/config.json', 'm/onnx/big.onnx'].map(
    (path) => ({ path, file: file(path.split('/').at(-1)!) }),
  );
  const source = droppedModel(placed);
  expect(source).toMatchObject({ kind: 'files', name: 'm' });
  expect(source?.kind === 'files' && source.files.map(({ name }) => name)).toEqual([
    'config.json',
    'model-00001-of-00002.safetensors',
  ]);
  expect(droppedModel(chosenFiles([file('config.json')]))).toMatchObject({ kind: 'files', name: 'folder' });
  expect(droppedModel(chosenFiles([file('Qwen.zip')]))).toMatchObject({ kind: 'zip', name: 'Qwen' });
  expect(droppedModel(chosenFiles([file('rows.jsonl')]))).toBeNull();
  expect(droppedModel([])).toBeNull();
});

interface Node {
  [name: string]: Node | null;
}

/** What a browser gives of a dropped folder; two entries at a time. */
function entryOf(name: string, node: Node | null, path = `/${name}`): FileSystemEntry {
  if (node === null)
    return {
      isFile: true,
      isDirectory: false,
      fullPath: path,
      name,
      file: (done: (f: File) => void) => done(file(name)),
    } as never;
  const children = Object.entries(node).map(([child, inside]) => entryOf(child, inside, `${path}/${child}`));
  return {
    isFile: false,
    isDirectory: true,
    fullPath: path,
    name,
    createReader: () => {
      let at = 0;
      return { readEntries: (done: (some: FileSystemEntry[]) => void) => done(children.slice(at, (at += 2))) };
    },
  } as never;
}

const dropped = (name: string, node: Node | null): DataTransferItem[] => [
  { webkitGetAsEntry: () => entryOf(name, node) } as never,
];

test('a dropped folder with all that is in it', async () => {
  const tree = { 'a.txt': null, 'config.json': null, 'model.safetensors': null, deep: { 'config.json': null } };
  const placed = await droppedFiles(dropped('Qwen', tree));
  expect(placed.map(({ path }) => path)).toEqual([
    'Qwen/a.txt',
    'Qwen/config.json',
    'Qwen/model.safetensors',
    'Qwen/deep/config.json',
  ]);
  expect(droppedModel(placed)).toMatchObject({ kind: 'files', name: 'Qwen' });
});

test('a folder that is no model but half a disk', async () => {
  let deep: Node = { 'x.txt': null };
  for (let level = 0; level < 15; level++) deep = { deep };
  await expect(droppedFiles(dropped('home', deep))).rejects.toMatchObject({ code: 'model/folder-too-large' });
});
