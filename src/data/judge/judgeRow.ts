/** A parsed row → a conversation, or every problem of that row, each with its code, path and what to do (rules.md 11). */
import type { ErrorRecord } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { Detection, RowFormat, RowWarning } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import { isTurn, namedList, turnsRemedy } from './bareTurns';
import { Cells } from './cells';
import { isUnused } from './detect';
import { readsAs } from './readsAs';
import { withSystem, type Format, type ReadRow } from './formats/format';
import { formatOf } from './formats/table';
import { judgeTurns } from './judgeTurns';
import { fillTemplate } from './messagesTemplate';
import { Problems, isObject, listed, own, type JsonObject } from './problems';
import { isThere } from './shapes';

export interface JudgeOptions {
  dataset: Pick<Recipe['dataset'], 'format' | 'columns' | 'role_map' | 'system_prompt' | 'messages_template'>;
  trainOn: Recipe['loss']['train_on'];
  /** What the file was recognised as, by `detectFormat` under the same recipe. */
  detection: Detection;
}

export type Judged =
  | {
      ok: true;
      conversation: Conversation;
      /** What this row was read as; another than the file's with the warning `data/mixed-format`. */
      format: RowFormat;
      warnings: RowWarning[];
      facts: RowFacts;
      /** The first message is the recipe's `dataset.system_prompt`, not the row's own. */
      isPrompted: boolean;
    }
  | { ok: false; error: ErrorRecord; warnings: RowWarning[] };

/** Facts that matter over many rows. */
export interface RowFacts {
  /** Turns of the assistant. */
  answers: number;
  /** Those that think first: with `reasoning_content` or a `<think>` block that is not empty. */
  answersWithThink: number;
}

/** Judges one parsed row. Never throws: whatever the row holds, there is an answer for it. */
export function judgeRow(value: unknown, meta: Conversation['meta'], options: JudgeOptions): Judged {
  const problems = new Problems();
  const row = namedList(value);
  const read = isObject(row) ? readAny(row, options, problems) : notAnObject(row, problems);
  const isTalk = read !== null && read.text === undefined;
  if (isTalk && problems.errors.length === 0) judgeTurns(read.messages, options.trainOn, problems);
  const error = problems.combined;
  const { warnings } = problems;
  if (error || !read)
    return { ok: false, error: error ?? { code: 'data/unreadable', message: 'row: it could not be read' }, warnings };
  const { format, tools, text } = read;
  const said = options.trainOn === 'all' ? read.messages : withoutGiven(read);
  const messages = isTalk ? withSystemPrompt(said, options.dataset.system_prompt) : said;
  const conversation: Conversation = { messages, meta };
  if (tools) conversation.tools = tools;
  if (text !== undefined) conversation.text = text;
  const isPrompted = messages.length > read.messages.length;
  return { ok: true, conversation, format, warnings, facts: factsOf(conversation), isPrompted };
}

/** The messages with earlier answers of the prompt masked, as TRL masks all of a prompt; what the row says of one itself counts. */
function withoutGiven({ messages, given }: ReadRow): ReadRow['messages'] {
  if (!given) return messages;
  const prompt = new Set(given);
  const isEarlier = (message: ReadRow['messages'][number]): boolean =>
    message.role === 'assistant' && message.weight === undefined && message.train === undefined && prompt.has(message);
  return messages.map((message) => (isEarlier(message) ? { ...message, weight: 0 } : message));
}

function notAnObject(value: unknown, problems: Problems): null {
  const remedy = 'write {"messages": [...]} on each line';
  problems.error('data/not-an-object', '', 'a JSON object is needed', value, remedy);
  return null;
}

type Read = ReadRow & { format: RowFormat; tools: unknown[] | undefined };

function readAny(row: JsonObject, options: JudgeOptions, problems: Problems): Read | null {
  const { dataset, detection } = options;
  let plan = planOf(detection, dataset);
  if (dataset.messages_template) {
    const cells = new Cells(row, 'messages', plan.columns, dataset.role_map, problems);
    const messages = fillTemplate(dataset.messages_template, row, dataset.columns, dataset.role_map, problems);
    const tools = cells.tools();
    return messages && { messages, format: 'messages', tools };
  }
  if (detection.decidedBy === 'file' && !plan.needed.every((column) => isThere(own(row, column)))) {
    const other = readsAs(row, dataset, detection);
    if (other) {
      plan = newPlan(other.format, other.columns, dataset.columns);
      if (other.format !== detection.format)
        problems.warn(
          'data/mixed-format',
          '',
          `it is read as ${other.format}, while the file's other rows are ${detection.format}`,
          'set dataset.format if that is not meant',
        );
    } else if (Object.keys(detection.columns).length === 0) return unknownRow(row, problems);
  }
  const { format, columns } = plan;
  const cells = new Cells(row, format.name, columns, dataset.role_map, problems);
  const read = format.read(cells);
  const tools = (columns.has('tools') ? cells.tools() : undefined) ?? read?.tools;
  return read && { ...read, format: format.name, tools };
}

/** A row of a file that is of no known format. */
function unknownRow(row: JsonObject, problems: Problems): null {
  const has = listed(Object.keys(row)) || 'none';
  const message = isTurn(row)
    ? `row: a whole conversation is needed, got a single turn; ${turnsRemedy}`
    : `row: columns of a known format are needed, got ${has}; choose dataset.format and name its columns in dataset.columns, or build the turns with dataset.messages_template`;
  problems.errors.push({ code: 'data/missing-messages', message });
  return null;
}

/** How rows are read under a detection, worked out once. */
interface Plan {
  format: Format;
  columns: ReadonlyMap<string, string>;
  /** Columns that a row of this format has. */
  needed: readonly string[];
}

const plans = new WeakMap<Detection, Plan>();

function planOf(detection: Detection, dataset: JudgeOptions['dataset']): Plan {
  const known = plans.get(detection);
  if (known) return known;
  const plan = newPlan(detection.format, dataset.messages_template ? {} : detection.columns, dataset.columns);
  plans.set(detection, plan);
  return plan;
}

function newPlan(name: RowFormat, found: Record<string, string>, mapping: JudgeOptions['dataset']['columns']): Plan {
  const format = formatOf(name);
  const columns = new Map(Object.entries(found));
  const taken = new Set(columns.values());
  // The looked-at rows may lack what later ones have; a column that fills one role does not fill another as well.
  for (const role of format.roles)
    if (!columns.has(role.name) && !taken.has(role.name) && !isUnused(mapping, role.name))
      columns.set(role.name, role.name);
  const needed = format.roles.flatMap(({ name: role, required }) => (required ? [columns.get(role) ?? role] : []));
  return { format, columns, needed };
}

const withSystemPrompt = (messages: ReadRow['messages'], prompt: string | null): ReadRow['messages'] => {
  const first = messages[0]?.role;
  // An empty prompt is one too: it keeps a template from writing its own.
  if (prompt === '' && first !== 'system' && first !== 'developer')
    return [{ role: 'system', content: '' }, ...messages];
  return prompt === null ? messages : withSystem(prompt, messages);
};

/** An empty `<think>` block is how a model that could think answers directly. */
const thinks = (content: string): boolean => content.includes('<think>') && /<think>(?!\s*<\/think>)/.test(content);

function factsOf({ messages }: Conversation): RowFacts {
  const facts: RowFacts = { answers: 0, answersWithThink: 0 };
  for (const { role, content, reasoning_content } of messages) {
    if (role !== 'assistant') continue;
    facts.answers++;
    if (reasoning_content?.trim() || (typeof content === 'string' && thinks(content))) facts.answersWithThink++;
  }
  return facts;
}
