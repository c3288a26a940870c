/**
 * What the store knows of repositories: for each commit its files (`<id>.snapshot`, written once), when and as what it
 * was used last (`<id>.used`), and which commit a branch or tag stood at (`<hash>.ref`).
 */
import { sha256Hex } from '../../lib/sha256Stream';
import type { RepositoryPlace } from './hubRequest';
import type { Listing, RemoteFile } from './listRepository';
import { readText, writeText, type Store } from './store';

export interface Snapshot {
  endpoint: string;
  repository: string;
  commit: string;
  files: RemoteFile[];
}

export interface Ref {
  endpoint: string;
  repository: string;
  revision: string;
  commit: string;
  /** Milliseconds since 1970: when the hub said so. */
  checkedAt: number;
}

interface Used {
  revision: string;
  lastUsed: number;
}

const idOf = (...parts: string[]): string => sha256Hex(new TextEncoder().encode(parts.join('\n'))).slice(0, 32);

type CommitPlace = Pick<Snapshot, 'endpoint' | 'repository' | 'commit'>;

/** Names a snapshot in the store and to the page. */
export const snapshotId = ({ endpoint, repository, commit }: CommitPlace): string => idOf(endpoint, repository, commit);

const snapshotEnding = '.snapshot';
const refEnding = '.ref';
const usedEnding = '.used';
const snapshotName = (id: string): string => `${id}${snapshotEnding}`;
const usedName = (id: string): string => `${id}${usedEnding}`;
const refName = ({ endpoint, repository, revision }: RepositoryPlace): string =>
  `${idOf(endpoint, repository, revision)}${refEnding}`;

/** Whether a name of the store belongs to a record, not to a file of a model. */
export const isRecord = (name: string): boolean =>
  [snapshotEnding, refEnding, usedEnding].some((ending) => name.endsWith(ending));

/** A record, or null where there is none or its writing was cut: then it is asked for again. */
async function read<T>(store: Store, name: string): Promise<T | null> {
  try {
    const text = await readText(store, name);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export const readSnapshot = (store: Store, id: string): Promise<Snapshot | null> => read(store, snapshotName(id));
export const readRef = (store: Store, place: RepositoryPlace): Promise<Ref | null> => read(store, refName(place));
export const readUsed = (store: Store, id: string): Promise<Used | null> => read(store, usedName(id));

/** Notes what a hub said of a revision. */
export async function writeListing(
  store: Store,
  place: RepositoryPlace,
  { commit, files }: Listing,
  now: number,
): Promise<Snapshot> {
  const { endpoint, repository, revision } = place;
  const snapshot: Snapshot = { endpoint, repository, commit, files };
  const id = snapshotId(snapshot);
  if (!(await readSnapshot(store, id))) await writeText(store, snapshotName(id), JSON.stringify(snapshot));
  const ref: Ref = { endpoint, repository, revision, commit, checkedAt: now };
  await writeText(store, refName(place), JSON.stringify(ref));
  return snapshot;
}

/** Notes that a model is in use, as which revision. */
export const writeUsed = (store: Store, id: string, used: Used): Promise<void> =>
  writeText(store, usedName(id), JSON.stringify(used));

/** All snapshots, with their ids. */
export async function allSnapshots(store: Store): Promise<(Snapshot & { id: string })[]> {
  const ids = (await store.names())
    .filter((name) => name.endsWith(snapshotEnding))
    .map((name) => name.slice(0, -snapshotEnding.length));
  const found = await Promise.all(ids.map(async (id) => ({ id, snapshot: await readSnapshot(store, id) })));
  return found.flatMap(({ id, snapshot }) => (snapshot ? [{ id, ...snapshot }] : []));
}

/** Deletes what is known of a snapshot, and the branches and tags that stood at it. Its files stay. */
export async function removeSnapshot(store: Store, id: string): Promise<void> {
  const snapshot = await readSnapshot(store, id);
  for (const name of (await store.names()).filter((each) => each.endsWith(refEnding))) {
    const ref = await read<Ref>(store, name);
    if (snapshot && ref && snapshotId(ref) === snapshotId(snapshot)) await store.remove(name);
  }
  await store.remove(usedName(id));
  await store.remove(snapshotName(id));
}
