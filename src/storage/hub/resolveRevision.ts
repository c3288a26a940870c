/** Which commit a source means, and that commit's files: from the hub, or from what is kept of an earlier visit. */
import { TunesmithError } from '../../lib/errors';
import type { HubSource } from '../../protocol/model';
import { wholeBlob } from './blobs';
import type { HubEnvironment } from './environment';
import { checkedEndpoint, checkedRepository, checkedRevision, isCommit } from './hubAddress';
import type { RepositoryPlace } from './hubRequest';
import { listRepository } from './listRepository';
import { mostAttempts } from './retry';
import { readRef, readSnapshot, snapshotId, writeListing, type Snapshot } from './snapshots';

/**
 * A branch is looked up at most so often: the two workers open the same model at the same time and have to mean the same
 * commit.
 */
const freshMs = 60_000;

/** A source's address, checked. Throws `model/bad-endpoint`, `model/bad-repository`, `model/bad-revision`. */
export function placeOf(source: HubSource): RepositoryPlace {
  return {
    endpoint: checkedEndpoint(source.endpoint),
    repository: checkedRepository(source.repository),
    revision: checkedRevision(source.commit ?? source.revision),
  };
}

/**
 * The commit and files that a source means. A commit that is known needs no network. A branch or tag is asked of the hub;
 * when that fails and the commit it stood at last is complete in the store, that one is taken, as huggingface_hub does:
 * so a model opens offline, and a private one without its token. Throws what `listRepository` throws.
 */
export function resolveRevision(
  environment: HubEnvironment,
  place: RepositoryPlace,
  signal?: AbortSignal,
): Promise<Snapshot> {
  const { store, clock, locks } = environment;
  const { endpoint, repository, revision } = place;
  const resolve = async (): Promise<Snapshot> => {
    const ref = isCommit(revision) ? { commit: revision, checkedAt: Infinity } : await readRef(store, place);
    const known = ref && (await readSnapshot(store, snapshotId({ endpoint, repository, commit: ref.commit })));
    if (known && clock.now() - ref.checkedAt < freshMs) return known;
    const isUsable = known !== null && (await isComplete(environment, known));
    try {
      // With a copy at hand there is no use in waiting for a hub that does not answer.
      const attempts = isUsable ? 1 : mostAttempts;
      const listing = await listRepository(environment, place, { attempts, signal });
      return await locks.hold('index', 'exclusive', () => writeListing(store, place, listing, clock.now()));
    } catch (error) {
      const code = error instanceof TunesmithError ? error.code : '';
      if (!isUsable || code === 'model/no-revision' || code === 'model/cancelled') throw error;
      return known;
    }
  };
  return locks.hold(`ref/${endpoint}/${repository}/${revision}`, 'exclusive', resolve, signal);
}

/** Whether every file of a snapshot is there. */
export async function isComplete({ store }: HubEnvironment, { files }: Snapshot): Promise<boolean> {
  for (const file of files) if (!(await wholeBlob(store, file))) return false;
  return true;
}
