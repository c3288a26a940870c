/** The runs that storage keeps, for the page: what they are, what a person calls them, how they go. */
import { TunesmithError } from '../../lib/errors';
import { rangedBytes } from '../../lib/ranged';
import { sha256 } from '../../lib/sha256';
import type { KeptRun, RunEventBody, RunLabel, RunRecord } from '../../protocol/run';
import { runIdSchema, runLabelSchema } from '../../protocol/runSchema';
import type { FolderFile } from '../../protocol/training';
import type { OpenDocument } from './checkpointFile';
import { listFiles, openFile, readFile } from './diskFile';
import { decodeInSlices } from './eventLines';
import { removeRunDirectory } from './garbage';
import { noRun, rowsDirectory, runDirectory, runsDirectory } from './places';
import { orFull } from './room';
import { removeOtherRows } from './rowsStore';
import { isRunLive, withFreeRunFolder, withRunIndex, withRunLabel } from './runLocks';
import { readSlots, writeSlots } from './slots';
import { labelName, needStoredRun, readStoredRun } from './storedRun';

export { isRunLive };

/** All runs, the newest first; none where there is no private file system. One that can't be read is left out. */
export async function listRuns(): Promise<KeptRun[]> {
  const runs: KeptRun[] = [];
  for (const { directory } of await runDirectories()) {
    const run = await keptRun(directory).catch(() => null);
    if (run) runs.push(run);
  }
  return runs.sort((one, two) => two.record.createdAt - one.record.createdAt);
}

/** The metrics of a run, in order. Throws `run/none`, `run/damaged`. */
export async function readEvents(runId: string): Promise<RunEventBody[]> {
  const directory = await need(runId);
  const { events } = await needStoredRun(runId, directory);
  const file = await readFile(directory, events);
  return file ? decodeInSlices(file) : [];
}

/** The PEFT folder that a run left; null while it has none. Throws `run/none`, `run/damaged`. */
export async function readAdapter(runId: string): Promise<FolderFile[] | null> {
  const directory = await need(runId);
  const { adapter } = await needStoredRun(runId, directory);
  const files: FolderFile[] = [];
  for (const { name, file, sha256: hash } of adapter) {
    const bytes = await readFile(directory, file);
    if (!bytes || (await sha256(bytes)) !== hash)
      throw new TunesmithError(
        'run/damaged',
        `run ${runId}: ${name} of its adapter is not as it was written; continue the run from a checkpoint to make it anew`,
      );
    files.push({ name, bytes });
  }
  return files.length > 0 ? files : null;
}

/**
 * The whole model that a full run has tuned, opened by the trainer's `open`; null while it has none. Throws `run/none`,
 * `run/damaged`, and what `open` throws.
 */
export async function openModelOf<T>(
  runId: string,
  open: OpenDocument<T>,
): Promise<{ record: RunRecord; document: T } | null> {
  const directory = await need(runId);
  const { record, model } = await needStoredRun(runId, directory);
  if (!model) return null;
  const file = await openFile(directory, model.file);
  if (file?.size !== model.bytes)
    throw new TunesmithError(
      'run/damaged',
      `run ${runId}: its tuned model is not as it was written; run it again to make it anew`,
    );
  return { record, document: await open(rangedBytes(file)) };
}

/** Replaces a run's name, tags and note. Throws `run/none`, `storage/full`. */
export async function setLabel(runId: string, label: RunLabel): Promise<void> {
  const checked = runLabelSchema.parse(label);
  await withRunLabel(runId, async () => {
    // Looked up only now: another tab may have deleted the run meanwhile.
    const directory = await need(runId);
    await orFull('label', 1000, () => writeSlots(directory, labelName, checked));
  });
}

/** Deletes a run, with rows that no other run needs; absent is fine. Throws `run/busy` while it goes on. */
export async function deleteRun(runId: string): Promise<void> {
  if (!runIdSchema.safeParse(runId).success) return;
  // Within the index: a label that is being written would come back into a folder that is going.
  await withRunIndex('exclusive', async () => {
    await withFreeRunFolder(runId, () => removeRunDirectory(runId));
    await removeOtherRows(await neededRows());
  });
}

/** Removes what there is of a run that could not be kept whole, and rows that were for it. Its folder is held. */
export async function removeFailedRun(runId: string): Promise<void> {
  await removeRunDirectory(runId);
  await withRunIndex('exclusive', async () => removeOtherRows(await neededRows()));
}

/** Bytes of all runs and their rows. */
export async function runsBytes(): Promise<number> {
  const directories = (await runDirectories()).map(({ directory }) => directory);
  if (directories.length > 0) directories.push(await rowsDirectory());
  const files = await Promise.all(directories.map(listFiles));
  return files.flat().reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The folders of all runs, whole or not. None where there is no private file system. */
export async function runDirectories(): Promise<{ id: string; directory: FileSystemDirectoryHandle }[]> {
  const found: { id: string; directory: FileSystemDirectoryHandle }[] = [];
  try {
    for await (const handle of (await runsDirectory()).values())
      if (handle.kind === 'directory') found.push({ id: handle.name, directory: handle });
  } catch (error) {
    if (!(error instanceof TunesmithError && error.code === 'storage/unavailable')) throw error;
  }
  return found;
}

/** The hashes of the rows that runs name. */
export async function neededRows(): Promise<Set<string>> {
  const needed = new Set<string>();
  for (const { directory } of await runDirectories()) {
    const found = await readStoredRun(directory);
    if (found.kind === 'run') needed.add(found.run.record.examplesHash);
    // Of another version of the studio: what it names the same way is kept for it.
    if (found.kind === 'foreign') {
      const hash = (found.value as { record?: { examplesHash?: unknown } } | null)?.record?.examplesHash;
      if (typeof hash === 'string') needed.add(hash);
    }
  }
  return needed;
}

async function keptRun(directory: FileSystemDirectoryHandle): Promise<KeptRun | null> {
  const found = await readStoredRun(directory);
  if (found.kind !== 'run') return null;
  const { record, adapter, model } = found.run;
  const files = await listFiles(directory);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { record, label: await readLabel(directory), bytes, hasAdapter: adapter.length > 0, hasModel: model !== null };
}

/** What a person calls the run in this folder. */
export async function readLabel(directory: FileSystemDirectoryHandle): Promise<RunLabel> {
  const label = runLabelSchema.safeParse((await readSlots(directory, labelName))?.value);
  return label.success ? label.data : { name: '', tags: [], note: '' };
}

async function need(runId: string): Promise<FileSystemDirectoryHandle> {
  const directory = await runDirectory(runId);
  if (!directory) throw noRun(runId);
  return directory;
}
