import { expose, transfer } from 'comlink';
import type { RowBlock } from '../src/data/ingest/rowSource';
import type { ProcessingPlan } from '../src/data/session/blockProcessor';
import { buffersOf, type BlockResult } from '../src/data/session/blockResult';
import { openModelContext, openRunContext, type ModelContext } from '../src/data/session/modelContext';
import { processBlock } from '../src/data/session/processBlock';
import type { RowContext } from '../src/data/session/processRow';
import { assert } from '../src/lib/errors';
import { installErrorTransfer } from '../src/protocol/comlinkErrors';
import type { ModelSource } from '../src/protocol/model';
import { readModelFiles } from './data/modelFiles';
import type { RowWorkerApi } from './data/rowWorkerApi';

let model: ModelContext | null = null;
let context: RowContext | null = null;

const api: RowWorkerApi = {
  async openModel(source: ModelSource): Promise<void> {
    model = openModelContext(await readModelFiles(source));
  },
  openPlan({ recipe, detection }: ProcessingPlan): Promise<void> {
    assert(model, 'a row worker needs a model first');
    context = { ...openRunContext(model, recipe), detection };
    return Promise.resolve();
  },
  process(block: RowBlock): Promise<BlockResult> {
    assert(context, 'a row worker needs a plan first');
    const result = processBlock(block, context);
    return Promise.resolve(transfer(result, buffersOf(result) as ArrayBuffer[]));
  },
};

installErrorTransfer();
expose(api);
