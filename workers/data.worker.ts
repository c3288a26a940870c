import { expose, releaseProxy, transfer } from 'comlink';
import { DataSession } from '../src/data/session/dataSession';
import { installErrorTransfer } from '../src/protocol/comlinkErrors';
import type { DataApi, DataProgress, EditProgress } from '../src/protocol/dataApi';
import type { DatasetEdit } from '../src/protocol/edits';
import type { ExampleTable } from '../src/protocol/example';
import type { ModelSource, TokenizerFacts } from '../src/protocol/model';
import type { DatasetSummary, RowLengths } from '../src/protocol/rows';
import type { Recipe } from '../src/recipe/schema';
import { setHubToken } from '../src/storage/hub/hubToken';
import { pinModelSource } from '../src/storage/modelSource';
import { removeUnzipped } from '../src/storage/zip/unzipped';
import { readModelFiles } from './data/modelFiles';
import { createOpfsScratch, removeStaleScratch } from './data/opfsScratch';
import { opfsTokenCache } from './data/opfsTokenCache';
import { RowPool } from './data/rowPool';

type OnProgress = (progress: DataProgress) => void;

/** The callback is a proxy that holds a message port open on both sides until it is released. */
async function releasing<T>(onProgress: object, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    (onProgress as Partial<Record<typeof releaseProxy, () => void>>)[releaseProxy]?.();
  }
}

const pool = new RowPool();

/** The data wing in its own thread. */
class DataWorker extends DataSession implements DataApi {
  setHubToken(endpoint: string, token: string | null): Promise<void> {
    return Promise.resolve().then(() => setHubToken(endpoint, token));
  }

  override async openModel(source: ModelSource): Promise<TokenizerFacts> {
    // The row workers mean the same commit, and find its files in the cache: they have no token.
    const pinned = await pinModelSource(source);
    pool.useModel(pinned);
    return super.openModel(pinned);
  }

  override openDataset(
    file: File,
    recipe: Recipe,
    onProgress: OnProgress,
    edits?: DatasetEdit[],
  ): Promise<DatasetSummary> {
    return releasing(onProgress, super.openDataset(file, recipe, onProgress, edits));
  }

  override setEdits(
    edits: DatasetEdit[],
    onProgress: (progress: EditProgress) => void = () => undefined,
  ): Promise<DatasetSummary> {
    return releasing(onProgress, super.setEdits(edits, onProgress));
  }

  override openHeldOut(
    split: 'validation' | 'test',
    file: File | null,
    recipe: Recipe,
    onProgress: OnProgress,
  ): Promise<DatasetSummary | null> {
    return releasing(onProgress, super.openHeldOut(split, file, recipe, onProgress));
  }

  override relabel(recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary> {
    return releasing(onProgress, super.relabel(recipe, onProgress));
  }

  /** A fresh copy of the arrays, moved to the other side rather than copied again. */
  override async examples(split: 'train' | 'validation' | 'test' | 'all'): Promise<ExampleTable> {
    const table = await super.examples(split);
    return transfer(table, [table.inputIds.buffer, table.labels.buffer, table.offsets.buffer, table.rows.buffer]);
  }

  override async lengths(): Promise<RowLengths> {
    const lengths = await super.lengths();
    return transfer(lengths, [lengths.whole.buffer, lengths.needed.buffer]);
  }
}

installErrorTransfer();
void removeStaleScratch();
void removeUnzipped();
expose(
  new DataWorker({
    readModel: readModelFiles,
    createScratch: createOpfsScratch,
    openProcessor: pool.openProcessor,
    cache: opfsTokenCache,
  }),
);
