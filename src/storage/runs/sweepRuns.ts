/** What crashes left behind in the storage of runs, and how it goes. */
import { removeFile, listFiles } from './diskFile';
import { removeRunDirectory, removeUnnamed, type Freed } from './garbage';
import { runsDirectory } from './places';
import { removeOtherRows } from './rowsStore';
import { withFreeRunFolder, withIdleRunIndex } from './runLocks';
import { neededRows, runDirectories } from './runList';
import { filesOf, readStoredRun } from './storedRun';

const nothing: Freed = { files: 0, bytes: 0 };

/**
 * Removes everything that no run needs: files of writes that were cut, folders of runs that were never created whole, rows
 * that no record names. Runs that go on are left alone, and so is everything while a run is being added. Never rejects.
 */
export async function sweepRuns(): Promise<Freed> {
  const sweep = async (): Promise<Freed> => {
    const freed: Freed[] = [await strayFiles()];
    for (const { id, directory } of await runDirectories())
      freed.push(await withFreeRunFolder(id, () => sweepRun(id, directory)).catch(() => nothing));
    freed.push(await removeOtherRows(await neededRows()));
    return freed.reduce((sum, { files, bytes }) => ({ files: sum.files + files, bytes: sum.bytes + bytes }));
  };
  // No private file system, or one that can't be read now: nothing to do about it.
  return withIdleRunIndex(sweep, nothing).catch(() => nothing);
}

async function sweepRun(id: string, directory: FileSystemDirectoryHandle): Promise<Freed> {
  const found = await readStoredRun(directory);
  if (found.kind === 'foreign') return nothing;
  if (found.kind === 'none') return removeRunDirectory(id);
  return removeUnnamed(directory, filesOf(found.run), () => false);
}

async function strayFiles(): Promise<Freed> {
  const runs = await runsDirectory();
  const files = await listFiles(runs);
  for (const { name } of files) await removeFile(runs, name);
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
