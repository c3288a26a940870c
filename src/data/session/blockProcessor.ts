import type { Detection } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import type { RowBlock } from '../ingest/rowSource';
import type { BlockResult } from './blockResult';
import { processBlock } from './processBlock';
import type { RowContext } from './processRow';

/** What a file's rows are processed under. Plain data, so that it can go to other threads. */
export interface ProcessingPlan {
  recipe: Recipe;
  detection: Detection;
}

/** Processes blocks, somewhere. Results come back in any order; the caller puts them in theirs. */
export interface BlockProcessor {
  /** Blocks that are worth having under way at a time. */
  readonly lanes: number;
  process(block: RowBlock): Promise<BlockResult>;
}

/** Makes a processor for a file of this size. The context is for processing in the same thread. */
export type OpenProcessor = (plan: ProcessingPlan, context: RowContext, sizeBytes: number) => Promise<BlockProcessor>;

/** Processes in this thread, giving other calls their turn between blocks. */
export const processHere: OpenProcessor = (_plan, context) =>
  Promise.resolve({
    lanes: 1,
    process: async (block) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      return processBlock(block, context);
    },
  });
