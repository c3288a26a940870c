import type { RowBlock } from '../../src/data/ingest/rowSource';
import type { ProcessingPlan } from '../../src/data/session/blockProcessor';
import type { BlockResult } from '../../src/data/session/blockResult';
import type { ModelSource } from '../../src/protocol/model';

/** `workers/rows.worker.ts`: one of several threads that process a large file's rows. */
export interface RowWorkerApi {
  openModel(source: ModelSource): Promise<void>;
  /** Processes a block under a plan. The plan goes with every block: an older reading must not change a newer one's. */
  process(planId: number, plan: ProcessingPlan, block: RowBlock): Promise<BlockResult>;
}
