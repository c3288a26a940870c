/** Removing what nothing names: the left-overs of writes that were cut. */
import { listFiles, removeFile } from './diskFile';
import { isAbsent, runDirectory, runsDirectory } from './places';
import { slotsToRemove } from './slots';
import { documentName } from './storedRun';

export interface Freed {
  files: number;
  bytes: number;
}

/** Removes the files of a folder that are not among `named`. A label that the page is writing just now is left alone. */
export async function removeUnnamed(
  directory: FileSystemDirectoryHandle,
  named: ReadonlySet<string>,
  isLeft: (name: string) => boolean = (name) => name.startsWith('label.'),
): Promise<Freed> {
  const others = (await listFiles(directory)).filter(({ name }) => !named.has(name) && !isLeft(name));
  for (const { name } of others) await removeFile(directory, name);
  return { files: others.length, bytes: others.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Removes a run's folder, its record first: what is left when that is cut counts as no run. */
export async function removeRunDirectory(runId: string): Promise<Freed> {
  const directory = await runDirectory(runId);
  if (!directory) return { files: 0, bytes: 0 };
  const files = await listFiles(directory);
  for (const name of await slotsToRemove(directory, documentName)) await removeFile(directory, name);
  try {
    await (await runsDirectory()).removeEntry(runId, { recursive: true });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  return { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}
