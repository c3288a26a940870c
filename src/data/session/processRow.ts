import { toErrorRecord, type ErrorRecord } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import { readRow } from '../../formats/jsonl/readRow';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import { judgeRow, type ReadableFormat } from '../judge/judgeRow';
import { asRowError, labelRow, type LabelledRow } from '../label/labelRow';
import type { RunContext } from './modelContext';

export type ProcessedRow =
  | { ok: true; conversation: Conversation; format: ReadableFormat; labelled: LabelledRow; warnings: RowWarning[] }
  | { ok: false; error: ErrorRecord; warnings: RowWarning[] };

/** The one path from a row's bytes to its arrays, for the trainer and for the preview. */
export function processRow(
  bytes: Uint8Array | null,
  meta: Conversation['meta'],
  { label, recipe }: RunContext,
): ProcessedRow {
  try {
    const { value, duplicateKeys } = readRow(bytes, meta.line, defaultMaxRowBytes);
    const judged = judgeRow(value, meta, { dataset: recipe.dataset, trainOn: recipe.loss.train_on });
    const warnings = [...duplicateKeys.map(duplicateKey), ...judged.warnings];
    if (!judged.ok) return { ok: false, error: judged.error, warnings };
    const { conversation, format } = judged;
    try {
      const labelled = labelRow(conversation, label);
      return { ok: true, conversation, format, labelled, warnings: [...warnings, ...labelled.warnings] };
    } catch (cause) {
      return { ok: false, error: rowRecord(cause), warnings };
    }
  } catch (cause) {
    return { ok: false, error: rowRecord(cause), warnings: [] };
  }
}

/** A template's refusal is the row's problem: say so, with the template's own words. */
function rowRecord(cause: unknown): ErrorRecord {
  const record = toErrorRecord(asRowError(cause));
  if (record.code !== 'template/refused' && record.code !== 'template/failed') return record;
  const what =
    record.code === 'template/refused'
      ? `the chat template refuses this conversation, saying ${JSON.stringify(record.message)}`
      : `${record.message}`;
  return {
    code: 'data/template-refused',
    message: `messages: ${what}; change the row, or choose another template`,
    path: 'messages',
  };
}

function duplicateKey(key: string): RowWarning {
  const message = `row: the key ${JSON.stringify(key)} stands twice in one object, and the last one counts; remove the other`;
  return { code: 'data/duplicate-key', message };
}
