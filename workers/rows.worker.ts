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
let opened: { planId: number; context: RowContext } | null = null;

function contextOf(planId: number, { recipe, detection }: ProcessingPlan): RowContext {
  if (opened?.planId !== planId) {
    assert(model, 'a row worker needs a model first');
    opened = { planId, context: { ...openRunContext(model, recipe), detection } };
  }
  return opened.context;
}

const api: RowWorkerApi = {
  async openModel(source: ModelSource): Promise<void> {
    model = openModelContext(await readModelFiles(source));
  },
  process(planId: number, plan: ProcessingPlan, block: RowBlock): Promise<BlockResult> {
    const result = processBlock(block, contextOf(planId, plan));
    return Promise.resolve(transfer(result, buffersOf(result) as ArrayBuffer[]));
  },
};

installErrorTransfer();
expose(api);
