/** A repository as a model folder: its files are fetched when they are first asked for, and kept. */
import { TunesmithError } from '../../lib/errors';
import type { HubSource } from '../../protocol/model';
import { storedBytes, wholeBlob } from './blobs';
import { downloadFile } from './downloadFile';
import type { HubEnvironment } from './environment';
import type { RepositoryPlace } from './hubRequest';
import { inLanes } from './inLanes';
import type { RemoteFile } from './listRepository';
import { placeOf, resolveRevision } from './resolveRevision';
import { snapshotId, writeUsed, type Snapshot } from './snapshots';

type OnProgress = (loadedBytes: number, totalBytes: number) => void;

/** Files fetched side by side before the weights, which come one after the other with several connections each. */
const smallFilesAtATime = 4;

export class HubFolder {
  readonly #place: RepositoryPlace;
  readonly #revision: string;
  #snapshot: Promise<Snapshot> | null = null;
  #everything: Promise<void> | null = null;

  /** Nothing is asked yet. Throws `model/bad-endpoint`, `model/bad-repository`, `model/bad-revision`. */
  constructor(
    private readonly environment: HubEnvironment,
    source: HubSource,
    private readonly signal?: AbortSignal,
  ) {
    this.#place = placeOf(source);
    this.#revision = source.revision;
  }

  /** The commit that the source's revision stands at. */
  async commit(): Promise<string> {
    return (await this.#files()).commit;
  }

  /** A file's bytes, fetched if need be; null where the repository has no such file. */
  async blob(path: string): Promise<Blob | null> {
    const snapshot = await this.#files();
    const file = snapshot.files.find((each) => each.path === path);
    if (!file) return null;
    const { store } = this.environment;
    const blob = await wholeBlob(store, file);
    if (blob) return blob;
    await this.#using(snapshot, () => this.#download(snapshot, file, this.signal));
    return this.#mustHave(file);
  }

  /**
   * As `blob`, for weights: all files of the model are fetched, so that it is complete afterwards, and progress counts
   * them all. Throws `storage/quota` before the first byte when they do not fit.
   */
  async weights(path: string, onProgress: OnProgress = () => undefined): Promise<Blob | null> {
    const snapshot = await this.#files();
    const file = snapshot.files.find((each) => each.path === path);
    if (!file) return null;
    this.#everything ??= this.#using(snapshot, () => this.#downloadAll(snapshot, onProgress)).catch(
      (error: unknown) => {
        this.#everything = null;
        throw error;
      },
    );
    await this.#everything;
    return this.#mustHave(file);
  }

  #files(): Promise<Snapshot> {
    this.#snapshot ??= this.#open().catch((error: unknown) => {
      this.#snapshot = null;
      throw error;
    });
    return this.#snapshot;
  }

  async #open(): Promise<Snapshot> {
    const { store, clock } = this.environment;
    const snapshot = await resolveRevision(this.environment, this.#place, this.signal);
    const used = { revision: this.#revision, lastUsed: clock.now() };
    await this.environment.locks.hold('index', 'exclusive', () => writeUsed(store, snapshotId(snapshot), used));
    return snapshot;
  }

  /** While files of a model are fetched, it cannot be deleted. */
  #using<T>(snapshot: Snapshot, work: () => Promise<T>): Promise<T> {
    return this.environment.locks.hold(`model/${snapshotId(snapshot)}`, 'shared', work, this.signal);
  }

  #download(
    snapshot: Snapshot,
    file: RemoteFile,
    signal: AbortSignal | undefined,
    onBytes: (doneBytes: number) => void = () => undefined,
  ): Promise<void> {
    return downloadFile(this.environment, { ...this.#place, commit: snapshot.commit }, file, { signal, onBytes });
  }

  async #downloadAll(snapshot: Snapshot, onProgress: OnProgress): Promise<void> {
    const { files } = snapshot;
    const done = new Map<RemoteFile, number>();
    for (const file of files) done.set(file, await storedBytes(this.environment.store, file));
    const totalBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    let loadedBytes = [...done.values()].reduce((sum, bytes) => sum + bytes, 0);
    await this.#checkRoom(totalBytes - loadedBytes);
    const fetchOne = (file: RemoteFile, signal: AbortSignal | undefined): Promise<void> =>
      this.#download(snapshot, file, signal, (bytes) => {
        loadedBytes += bytes - (done.get(file) ?? 0);
        done.set(file, bytes);
        onProgress(loadedBytes, totalBytes);
      });
    const isSmall = ({ sizeBytes }: RemoteFile): boolean => sizeBytes <= this.environment.pieceBytes;
    await inLanes(files.filter(isSmall), smallFilesAtATime, this.signal, fetchOne);
    for (const file of files.filter((each) => !isSmall(each))) await fetchOne(file, this.signal);
  }

  async #checkRoom(neededBytes: number): Promise<void> {
    const estimate = neededBytes > 0 ? await this.environment.estimate() : null;
    if (!estimate) return;
    const freeBytes = Math.max(0, estimate.quotaBytes - estimate.usedBytes);
    if (neededBytes <= freeBytes) return;
    const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
    throw new TunesmithError(
      'storage/quota',
      `${this.#place.repository}: needs ${megabytes(neededBytes)} of storage, got ${megabytes(freeBytes)} free; delete models that you no longer use, or free disk space`,
      { data: { neededBytes, freeBytes } },
    );
  }

  async #mustHave(file: RemoteFile): Promise<Blob> {
    const blob = await wholeBlob(this.environment.store, file);
    if (blob) return blob;
    throw lost(this.#place.repository, file.path);
  }
}

/** What was downloaded has gone from under the reader: deleted in another tab, or by the browser. */
export const lost = (repository: string, path: string, cause?: unknown): TunesmithError =>
  new TunesmithError('storage/lost', `${repository}, ${path}: was deleted meanwhile; load the model again`, {
    path,
    cause,
  });
