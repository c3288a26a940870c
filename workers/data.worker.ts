import { expose, transfer } from 'comlink';
import { DataSession } from '../src/data/session/dataSession';
import { installErrorTransfer } from '../src/protocol/comlinkErrors';
import type { DataApi } from '../src/protocol/dataApi';
import type { ExampleTable } from '../src/protocol/example';
import { readModelFiles } from './data/modelFiles';

/** The data wing in its own thread. */
class DataWorker extends DataSession implements DataApi {
  /** A fresh copy of the arrays, moved to the other side rather than copied again. */
  override async examples(split: 'train' | 'validation' | 'all'): Promise<ExampleTable> {
    const table = await super.examples(split);
    return transfer(table, [table.inputIds.buffer, table.labels.buffer, table.offsets.buffer, table.rows.buffer]);
  }
}

installErrorTransfer();
expose(new DataWorker(readModelFiles));
