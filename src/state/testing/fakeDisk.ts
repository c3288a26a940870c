/** The origin private file system in memory, as far as `storage/keep.ts` uses it. For tests. */

class FakeFolder {
  readonly folders = new Map<string, FakeFolder>();
  readonly files = new Map<string, Blob>();

  getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeFolder> {
    const folder = this.folders.get(name) ?? (create ? new FakeFolder() : null);
    if (!folder) return Promise.reject(new Error(`NotFoundError: ${name}`));
    this.folders.set(name, folder);
    return Promise.resolve(folder);
  }

  getFileHandle(name: string, { create = false } = {}): Promise<unknown> {
    if (!create && !this.files.has(name)) return Promise.reject(new Error(`NotFoundError: ${name}`));
    return Promise.resolve({
      getFile: () => Promise.resolve(new File([this.files.get(name) ?? ''], name)),
      createWritable: () => {
        let content: Blob = new Blob();
        return Promise.resolve({
          write: (part: BlobPart) => {
            content = new Blob([part]);
            return Promise.resolve();
          },
          close: () => {
            this.files.set(name, content);
            return Promise.resolve();
          },
        });
      },
    });
  }

  removeEntry(name: string): Promise<void> {
    this.folders.delete(name);
    this.files.delete(name);
    return Promise.resolve();
  }
}

/** A `navigator` whose storage is empty. */
export function fakeNavigator(): { storage: { getDirectory: () => Promise<unknown> } } {
  const root = new FakeFolder();
  return { storage: { getDirectory: () => Promise.resolve(root) } };
}
