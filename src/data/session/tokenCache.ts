/** Keeping a file's arrays beyond a refresh: what a cache has to do, and under which name they are kept. */
import type { ErrorRecord } from '../../lib/errors';
import { sha256Hex } from '../../lib/sha256Stream';
import type { RowWarning } from '../../protocol/rows';
import type { ChatTemplate } from '../template/chatTemplate';
import type { BlockResult } from './blockResult';
import { fingerprintOf } from './fingerprint';
import type { RowContext } from './processRow';

/** Grows when the same input would give other arrays or other problems. */
const version = 5;

/** All that was read and worked out of a file, without edits. */
export interface CachedRows {
  sha256: string;
  blocks: BlockResult[];
  remarks: RowWarning[];
  formatErrors: [row: number, error: ErrorRecord][];
}

export interface TokenCache {
  /** Arrays of a file of this size under this plan, or null. Damaged ones are null too. */
  load(sizeBytes: number, planKey: string): Promise<CachedRows | null>;
  save(sizeBytes: number, planKey: string, rows: CachedRows): Promise<void>;
}

/** Below this size reading anew is as quick. */
export const cachedFromBytes = 1 << 20;

/** The template's day, where it writes the date into every row; the arrays of another day are others. */
const dayOf = ({ source, now }: ChatTemplate): string | null =>
  source.includes('strftime_now') ? now.toDateString() : null;

/** Hash of everything beside the file that the arrays depend on. */
export function planKey({ recipe, detection, template, model }: RowContext): string {
  const { dataset, loss, training } = recipe;
  const plan = [
    version,
    fingerprintOf(model.tokenizer),
    template.template.source,
    model.tokenizer.variables,
    dayOf(template.template),
    recipe.template,
    loss,
    [dataset.format, dataset.columns, dataset.role_map, dataset.system_prompt, dataset.messages_template],
    [training.max_length, training.truncation],
    [detection.format, detection.columns],
  ];
  return sha256Hex(new TextEncoder().encode(JSON.stringify(plan)));
}
