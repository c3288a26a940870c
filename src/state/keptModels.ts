/** The downloaded models that the browser keeps: which, how large, last used when; deleted with a way back. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import { cachedBytes, deleteCachedModel, listCachedModels, type CachedModel } from '../storage/modelCache';
import { refreshStorage } from './deviceStore';
import { announce } from './viewStore';

/** A downloaded model, whole or in part. */
export type KeptModel = CachedModel;

interface KeptState {
  /** The last used first; null until they are known. */
  models: readonly CachedModel[] | null;
  /** All together; files that two share count once. */
  totalBytes: number;
  /** Ids of models that are about to be deleted, and can still be had back. */
  leaving: ReadonlySet<string>;
  error: ErrorRecord | null;
}

export const useKept = create<KeptState>()(() => ({ models: null, totalBytes: 0, leaving: new Set(), error: null }));

/** Time to think better of it. */
const undoMs = 8000;
const timers = new Map<string, ReturnType<typeof setTimeout>>();

/** Looks what is there. */
export async function refreshKept(): Promise<void> {
  try {
    const [models, totalBytes] = await Promise.all([listCachedModels(), cachedBytes()]);
    useKept.setState({ models, totalBytes, error: null });
  } catch (error) {
    useKept.setState({ models: [], totalBytes: 0, error: toErrorRecord(error) });
  }
}

const setLeaving = (id: string, isLeaving: boolean): void => {
  const leaving = new Set(useKept.getState().leaving);
  if (isLeaving) leaving.add(id);
  else leaving.delete(id);
  useKept.setState({ leaving });
};

/** Deletes a model's files in a while; until then {@link undoDelete} takes it back. */
export function deleteModel({ id, repository }: CachedModel): void {
  setLeaving(id, true);
  announce(`${repository} is deleted. It can be had back for ${undoMs / 1000} seconds.`);
  clearTimeout(timers.get(id));
  timers.set(
    id,
    setTimeout(() => void finish(id), undoMs),
  );
}

/** Keeps a model that was about to go; one that is going already can't be kept. */
export function undoDelete({ id, repository }: CachedModel): void {
  if (!timers.has(id)) return;
  clearTimeout(timers.get(id));
  timers.delete(id);
  setLeaving(id, false);
  announce(`${repository} is kept.`);
}

async function finish(id: string): Promise<void> {
  timers.delete(id);
  let error: ErrorRecord | null = null;
  try {
    await deleteCachedModel(id);
  } catch (thrown) {
    error = toErrorRecord(thrown);
  }
  await refreshKept();
  setLeaving(id, false);
  if (error) useKept.setState({ error });
  await refreshStorage();
}
