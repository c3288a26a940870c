import { toErrorRecord, TunesmithError, type ErrorRecord } from '../../lib/errors';
import type { Conversation, Message } from '../../protocol/conversation';
import type { Detection, RowFormat, RowWarning } from '../../protocol/rows';
import { defaultMaxRowBytes } from '../../formats/jsonl/rawRows';
import { readRow } from '../../formats/jsonl/readRow';
import { applyFixes } from '../edits/applyFixes';
import { applyWeights } from '../edits/applyWeights';
import { contentKey } from '../edits/contentKey';
import { conversationToRow } from '../edits/serialize';
import { judgeRow, type RowFacts } from '../judge/judgeRow';
import { isObject, own } from '../judge/problems';
import { numberedAsInRow, pathInRow, withoutPrompt } from './ownNumbers';
import { asRowError, labelRow, type LabelledRow } from '../label/labelRow';
import type { ClassSample } from './blockResult';
import { noEdits, type RowEdits } from './editIndex';
import type { RunContext } from './modelContext';

/** What a row needs to be processed: a recipe met a model, and what the file was recognised as. */
export interface RowContext extends RunContext {
  detection: Detection;
}

interface UsableOutcome {
  ok: true;
  conversation: Conversation;
  format: RowFormat;
  facts: RowFacts;
  labelled: LabelledRow;
  warnings: RowWarning[];
  key: bigint;
  isPrompted: boolean;
}
interface BrokenOutcome {
  ok: false;
  error: ErrorRecord;
  warnings: RowWarning[];
}

export type ProcessedRow = (UsableOutcome | BrokenOutcome) & {
  /** A fix says to leave the row out. */
  dropped: boolean;
  edited: boolean;
  /** Errors, warnings and remarks, for counting. */
  problems: ClassSample[];
};

/**
 * The one path from a row's bytes to its arrays, for the trainer and for the preview. Throws only `template/limit`, for a
 * template that a row of ordinary size does not get out of.
 * @param bytes JSON text, null for a row over the cap. @param formatError what the file's format could not read.
 */
export function processRow(
  bytes: Uint8Array | null,
  meta: Conversation['meta'],
  context: RowContext,
  edits: RowEdits = noEdits,
  formatError: ErrorRecord | null = null,
): ProcessedRow {
  const first = formatError
    ? { ok: false as const, error: formatError, warnings: [] }
    : readAndLabel(bytes, meta, context);
  const problems = problemsOf(first);
  if (edits.length === 0) return { ...first, dropped: false, edited: false, problems };
  const codes = new Set(problems.map(({ code }) => code));
  const wanted = edits.filter((edit) => edit.kind === 'weight' || codes.has(edit.code));
  const dropped = wanted.some((edit) => edit.kind === 'fix' && edit.fix === 'drop_row');
  const changes = wanted.filter((edit) => edit.kind === 'weight' || edit.fix !== 'drop_row');
  // Plain text has no turns: there is nothing but dropping it.
  if (!first.ok || changes.length === 0 || first.conversation.text !== undefined)
    return { ...first, dropped, edited: false, problems };
  // Edits name the row's own messages: the recipe's system prompt may come and go.
  const itself = first.isPrompted ? withoutPrompt(first.conversation) : first.conversation;
  const again = judgeAndLabel(conversationToRow(changed(itself, changes, context)), meta, {
    ...context,
    recipe: withoutReading(context.recipe),
    detection: asMessages,
  });
  const kept = again.ok ? { ...again, format: first.format, key: first.key } : again;
  return { ...kept, dropped, edited: true, problems: problemsOf(kept) };
}

function readAndLabel(
  bytes: Uint8Array | null,
  meta: Conversation['meta'],
  context: RowContext,
): UsableOutcome | BrokenOutcome {
  try {
    const { value, duplicateKeys, inexactNumbers } = readRow(bytes, meta.line, defaultMaxRowBytes);
    const outcome = judgeAndLabel(value, meta, context);
    if (duplicateKeys.length === 0 && inexactNumbers.length === 0) return outcome;
    const warnings = [...duplicateKeys.map(duplicateKey), ...inexactNumbers.map(inexactNumber), ...outcome.warnings];
    return { ...outcome, warnings };
  } catch (cause) {
    if (isEndless(cause)) throw cause;
    return { ok: false, error: rowRecord(cause), warnings: [] };
  }
}

/** A template that is stopped on a row of this size will be on every row: at two seconds each, better said at once. */
const endlessBelowUnits = 1 << 16;
const isEndless = (cause: unknown): boolean =>
  cause instanceof TunesmithError && cause.code === 'template/limit' && cause.details.data?.['isEndless'] === true;

function judgeAndLabel(
  value: unknown,
  meta: Conversation['meta'],
  { label, recipe, detection }: RowContext,
): UsableOutcome | BrokenOutcome {
  const judged = judgeRow(value, meta, { dataset: recipe.dataset, trainOn: recipe.loss.train_on, detection });
  const { warnings } = judged;
  if (!judged.ok) return { ok: false, error: judged.error, warnings };
  const { conversation, format, facts, isPrompted } = judged;
  try {
    const plain = labelRow(conversation, label);
    const labelled = isPrompted ? numberedAsInRow(plain) : plain;
    if (leavesOutTools(conversation, labelled)) warnings.push(toolsNotRendered);
    return {
      ok: true,
      conversation,
      format,
      facts,
      labelled,
      warnings: labelled.warnings.length > 0 ? [...warnings, ...labelled.warnings] : warnings,
      key: contentKey(conversation),
      isPrompted,
    };
  } catch (cause) {
    if (cause instanceof TunesmithError && cause.code === 'template/limit' && sizeOf(conversation) < endlessBelowUnits)
      throw new TunesmithError(cause.code, cause.message, { data: { ...cause.details.data, isEndless: true }, cause });
    const error = rowRecord(cause);
    return { ok: false, error: isPrompted ? pathInRow(error) : error, warnings };
  }
}

const toolsNotRendered: RowWarning = {
  code: 'data/tools-not-rendered',
  message:
    'messages: the chat template leaves out calls or tools of this row, so that the model does not learn them; choose a template that writes them',
};

/** Whether a tool's or a call's name is nowhere in the whole row's text: many templates know nothing of tools. */
function leavesOutTools({ messages, tools }: Conversation, { text, fit }: LabelledRow): boolean {
  if (fit !== 'fits' || !(tools ?? messages.some(({ tool_calls }) => tool_calls))) return false;
  const names = [...messages.flatMap(({ tool_calls }) => tool_calls ?? []), ...(tools ?? [])].map(nameOf);
  return names.some((name) => name !== null && !text.includes(name));
}

function nameOf(tool: unknown): string | null {
  if (!isObject(tool)) return null;
  const inner = own(tool, 'function');
  const name = own(isObject(inner) ? inner : tool, 'name');
  return typeof name === 'string' && name !== '' ? name : null;
}

const sizeOf = ({ messages, tools }: Conversation): number => JSON.stringify([messages, tools]).length;

function changed(conversation: Conversation, edits: RowEdits, { model, recipe }: RowContext): Conversation {
  // Which turns a click finds trained: only the last answer where the recipe says so.
  const trainedByRule = (messages: readonly Message[], index: number): boolean =>
    recipe.loss.train_on === 'all' ||
    (messages[index]?.role === 'assistant' &&
      (recipe.loss.train_on === 'all_assistant' ||
        messages.findLastIndex(({ role }) => role === 'assistant') === index));
  return edits.reduce(
    (result, edit) =>
      edit.kind === 'fix'
        ? applyFixes(result, [edit.fix], model.controlTokens)
        : applyWeights(result, [edit], trainedByRule),
    conversation,
  );
}

/** A conversation that was read once is read again as plain messages: columns and maps have done their work. */
const asMessages: Detection = {
  format: 'messages',
  confidence: 1,
  reason: '',
  columns: { messages: 'messages' },
  roles: [],
  alternatives: [],
  decidedBy: 'recipe',
};
const withoutReading = (recipe: RunContext['recipe']): RunContext['recipe'] => ({
  ...recipe,
  dataset: { ...recipe.dataset, format: 'messages', columns: {}, role_map: {}, messages_template: null },
});

function problemsOf(outcome: UsableOutcome | BrokenOutcome): ClassSample[] {
  const warned = (list: RowWarning[]): ClassSample[] => list.map((warning) => sampleOf('warning', warning));
  if (outcome.ok) return warned([...outcome.warnings, ...outcome.labelled.remarks]);
  const all = (outcome.error.data?.['problems'] as ErrorRecord[] | undefined) ?? [outcome.error];
  return [...all.map((error) => sampleOf('error', error)), ...warned(outcome.warnings)];
}

const sampleOf = (
  severity: ClassSample['severity'],
  { code, message, data }: { code: string; message: string; data?: Record<string, unknown> },
): ClassSample => ({ severity, code, message, ...(data ? { data } : {}) });

/** A template's refusal is the row's problem: say so, with the template's own words. `data.inTemplate`: its line and column. */
function rowRecord(cause: unknown): ErrorRecord {
  const record = toErrorRecord(asRowError(cause));
  if (record.code !== 'template/refused' && record.code !== 'template/failed') return record;
  const why =
    record.code === 'template/refused'
      ? `the chat template refuses this conversation, saying ${JSON.stringify(record.message)}; change the row, or choose another template`
      : record.message;
  return {
    code: 'data/template-refused',
    message: `messages: ${why}`,
    path: 'messages',
    ...(record.data ? { data: { inTemplate: record.data } } : {}),
  };
}

function duplicateKey(key: string): RowWarning {
  const message = `row: the key ${JSON.stringify(key)} stands twice in one object, and the last one counts; remove the other`;
  return { code: 'data/duplicate-key', message };
}

function inexactNumber(literal: string): RowWarning {
  const message = `row: the number ${literal.slice(0, 40)} is beyond what a double holds exactly; put it in quotes if its digits matter`;
  return { code: 'data/inexact-number', message };
}
