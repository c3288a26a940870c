import { expect, test, vi } from 'vitest';
import { keptFolder } from '../storage/keep';
import { forgetInTurn, keepInTurn } from './keepInTurn';

interface Folder {
  files: Map<string, Blob>;
  writers: number;
}

/** A disk as the File System specification has it: a write takes its time, and what is being written can't be removed. */
function slowDisk(): { storage: { getDirectory: () => Promise<unknown> } } {
  const folders = new Map<string, Folder>();
  const handleOf = (folder: Folder) => ({
    getFileHandle: (name: string, { create = false } = {}) => {
      if (!create && !folder.files.has(name)) return Promise.reject(new Error(`NotFoundError: ${name}`));
      return Promise.resolve({
        getFile: () => Promise.resolve(new File([folder.files.get(name) ?? ''], name)),
        createWritable: () => {
          let content = new Blob();
          folder.writers += 1;
          return Promise.resolve({
            write: (part: BlobPart) => {
              content = new Blob([part]);
              return new Promise((resolve) => setTimeout(resolve, content.size));
            },
            close: () => {
              folder.writers -= 1;
              folder.files.set(name, content);
              return Promise.resolve();
            },
          });
        },
      });
    },
  });
  const top = {
    getDirectoryHandle: (name: string, { create = false } = {}) => {
      const folder = folders.get(name) ?? (create ? { files: new Map<string, Blob>(), writers: 0 } : null);
      if (!folder) return Promise.reject(new Error(`NotFoundError: ${name}`));
      folders.set(name, folder);
      return Promise.resolve(handleOf(folder));
    },
    removeEntry: (name: string) => {
      if ((folders.get(name)?.writers ?? 0) > 0) return Promise.reject(new Error('NoModificationAllowedError'));
      folders.delete(name);
      return Promise.resolve();
    },
  };
  return { storage: { getDirectory: () => Promise.resolve({ getDirectoryHandle: () => Promise.resolve(top) }) } };
}

const large = (name: string) => [{ name, bytes: new Blob(['x'.repeat(40)]) }];

test('what is forgotten while it is being written is gone, and of two files the one that came last is kept', async () => {
  vi.stubGlobal('navigator', slowDisk());
  const writing = keepInTurn('data-file', large('first.jsonl'), null);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await forgetInTurn('data-file');
  expect(await writing).toBe(true);
  expect(await keptFolder('data-file')).toBeNull();

  const [one, two] = [
    keepInTurn('data-file', large('one.jsonl'), null),
    keepInTurn('data-file', [{ name: 'two.jsonl', bytes: new Blob(['y']) }], null),
  ];
  await Promise.all([one, two]);
  expect((await keptFolder('data-file'))?.files.map(({ name }) => name)).toEqual(['two.jsonl']);
  vi.unstubAllGlobals();
});
