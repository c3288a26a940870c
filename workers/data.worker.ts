import { expose, releaseProxy, transfer } from 'comlink';
import { DataSession } from '../src/data/session/dataSession';
import { installErrorTransfer } from '../src/protocol/comlinkErrors';
import type { DataApi, DataProgress } from '../src/protocol/dataApi';
import type { ExampleTable } from '../src/protocol/example';
import type { DatasetSummary } from '../src/protocol/rows';
import type { Recipe } from '../src/recipe/schema';
import { readModelFiles } from './data/modelFiles';

type OnProgress = (progress: DataProgress) => void;

/** The callback is a proxy that holds a message port open on both sides until it is released. */
async function releasing<T>(onProgress: OnProgress, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    (onProgress as Partial<Record<typeof releaseProxy, () => void>>)[releaseProxy]?.();
  }
}

/** The data wing in its own thread. `relabel` opens the present file again through `openDataset`. */
class DataWorker extends DataSession implements DataApi {
  override openDataset(file: File, recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary> {
    return releasing(onProgress, super.openDataset(file, recipe, onProgress));
  }

  override openValidation(file: File | null, recipe: Recipe, onProgress: OnProgress): Promise<DatasetSummary | null> {
    return releasing(onProgress, super.openValidation(file, recipe, onProgress));
  }

  /** A fresh copy of the arrays, moved to the other side rather than copied again. */
  override async examples(split: 'train' | 'validation' | 'all'): Promise<ExampleTable> {
    const table = await super.examples(split);
    return transfer(table, [table.inputIds.buffer, table.labels.buffer, table.offsets.buffer, table.rows.buffer]);
  }
}

installErrorTransfer();
expose(new DataWorker(readModelFiles));
