/** A model that a person dropped on the page or chose in a dialog: a folder of files, or a zip of one. Page only. */
import { TunesmithError } from '../../lib/errors';
import type { ModelSource } from '../../protocol/model';
import { modelRoot } from './folderRoot';

/** A file and where it lay, with slashes. */
export interface PlacedFile {
  path: string;
  file: File;
}

/** A model folder has a dozen files: more is a home directory that was dropped by mistake. */
const mostFiles = 20_000;
const mostDepth = 12;

/** Files chosen in a dialog (`webkitdirectory` or plain). */
export const chosenFiles = (files: Iterable<File>): PlacedFile[] =>
  [...files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));

/**
 * Everything that was dropped, folders with what is in them. Call it in the event's handler: afterwards the browser has
 * taken the list away. Throws `model/folder-too-large`.
 */
export async function droppedFiles(items: Iterable<DataTransferItem>): Promise<PlacedFile[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files: PlacedFile[] = [];
  const walk = async (entry: FileSystemEntry, depth: number): Promise<void> => {
    if (files.length >= mostFiles || depth > mostDepth)
      throw new TunesmithError(
        'model/folder-too-large',
        `${entry.fullPath}: a model folder holds some files, got more than ${mostFiles} or deeper than ${mostDepth}; drop the model's own folder`,
      );
    if (isFile(entry)) files.push({ path: entry.fullPath.replace(/^\//, ''), file: await fileOf(entry) });
    else if (isFolder(entry)) for (const child of await childrenOf(entry)) await walk(child, depth + 1);
  };
  for (const entry of entries) await walk(entry, 0);
  return files;
}

/**
 * The model among files: a folder with a `config.json` (the outermost), or one zip file. Null where there is neither.
 * Only the files directly in the model's folder are kept.
 */
export function droppedModel(placed: readonly PlacedFile[]): ModelSource | null {
  const root = modelRoot(placed.map(({ path }) => path));
  if (root !== null) {
    const inside = placed.filter(({ path }) => path.startsWith(root) && !path.slice(root.length).includes('/'));
    const name = root.split('/').at(-2) ?? 'folder';
    return { kind: 'files', files: inside.map(({ file }) => file), name };
  }
  const [only, ...others] = placed;
  if (only && others.length === 0 && /\.zip$/i.test(only.path))
    return { kind: 'zip', file: only.file, name: only.file.name.replace(/\.zip$/i, '') };
  return null;
}

const isFile = (entry: FileSystemEntry): entry is FileSystemFileEntry => entry.isFile;
const isFolder = (entry: FileSystemEntry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const fileOf = (entry: FileSystemFileEntry): Promise<File> => new Promise((done, fail) => entry.file(done, fail));

/** A reader gives some entries at a time (100 in Chromium) and ends with none. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (some.length === 0) return all;
    all.push(...some);
  }
}
