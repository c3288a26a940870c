/** The models that the browser keeps from earlier downloads: what they are, how large, and how they go. */

import { TunesmithError } from '../lib/errors';
import type { CachedModel } from '../protocol/model';
import { blobNames, storedBytes, wholeBlob } from './hub/blobs';
import { browserHub, type HubEnvironment } from './hub/environment';
import { allSnapshots, isRecord, readUsed, removeSnapshot, type Snapshot } from './hub/snapshots';

export type { CachedModel };

/**
 * The downloaded models, the last used first. Works in the page and in workers, and needs no network. Empty where the
 * browser gives this page no files of its own.
 */
export async function listCachedModels(environment: HubEnvironment = browserHub()): Promise<CachedModel[]> {
  const { store } = environment;
  const models: CachedModel[] = [];
  for (const { id, endpoint, repository, commit, files } of await snapshotsOrNone(environment)) {
    const used = await readUsed(store, id);
    const whole: string[] = [];
    let bytes = 0;
    for (const file of files) {
      if (await wholeBlob(store, file)) whole.push(file.path);
      bytes += await storedBytes(store, file);
    }
    models.push({
      id,
      endpoint,
      repository,
      revision: used?.revision ?? commit,
      commit,
      bytes,
      totalBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      files: whole,
      complete: whole.length === files.length,
      lastUsed: used?.lastUsed ?? 0,
    });
  }
  return models.sort((one, two) => two.lastUsed - one.lastUsed);
}

/** Bytes that all downloaded models take together; a file that two share counts once. */
export async function cachedBytes(environment: HubEnvironment = browserHub()): Promise<number> {
  const files = (await snapshotsOrNone(environment)).flatMap((snapshot) => snapshot.files);
  const each = new Map(files.map((file) => [file.hash, file]));
  let bytes = 0;
  for (const file of each.values()) bytes += await storedBytes(environment.store, file);
  return bytes;
}

/**
 * Deletes a model's files, those that another one needs excepted, and what no model needs any more. An unknown id is
 * fine. A model in use goes on working: its weights are on the device. Throws `storage/busy` while it is being
 * downloaded.
 */
export async function deleteCachedModel(id: string, environment: HubEnvironment = browserHub()): Promise<void> {
  const { store, locks } = environment;
  const remove = async (): Promise<boolean> => {
    await removeSnapshot(store, id);
    const needed = new Set((await allSnapshots(store)).flatMap(({ files }) => files.flatMap(blobNames)));
    // The marks first: a file that is half gone must not count as whole.
    const names = (await store.names()).filter((name) => !needed.has(name) && !isRecord(name));
    for (const name of names.sort((one, two) => two.length - one.length)) await store.remove(name);
    return true;
  };
  const isGone = await locks.tryHold(`model/${id}`, () => locks.hold('index', 'exclusive', remove), false);
  if (!isGone)
    throw new TunesmithError('storage/busy', 'model: it is being downloaded; cancel that, or wait, and delete it then');
}

/**
 * Asks the browser to keep this page's files when disk space runs short; true when it will. In the page only (workers
 * can't ask), at best when a person has just asked for a download: some browsers show a question.
 */
export async function keepStorage(): Promise<boolean> {
  try {
    return await navigator.storage.persist();
  } catch {
    return false;
  }
}

async function snapshotsOrNone({ store }: HubEnvironment): Promise<(Snapshot & { id: string })[]> {
  try {
    return await allSnapshots(store);
  } catch (error) {
    if (error instanceof TunesmithError && error.code === 'storage/none') return [];
    throw error;
  }
}
