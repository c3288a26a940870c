/** A parsed row → a conversation, or every problem of that row, each with its code, path and what to do (rules.md 11). */
import type { ErrorRecord } from '../../lib/errors';
import type { Conversation, Message } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import { judgeMessages } from './judgeMessages';
import { judgeOrder } from './judgeOrder';
import { Problems, isObject, own, type JsonObject } from './problems';

/** Formats that this version reads; the recipe names more. */
export type ReadableFormat = 'messages' | 'sharegpt' | 'prompt_completion';

interface JudgeOptions {
  dataset: Pick<Recipe['dataset'], 'format' | 'columns' | 'role_map' | 'system_prompt'>;
  trainOn: Recipe['loss']['train_on'];
}

export type Judged =
  | { ok: true; conversation: Conversation; format: ReadableFormat; warnings: RowWarning[] }
  | { ok: false; error: ErrorRecord; warnings: RowWarning[] };

/** Judges one parsed row. Never throws: whatever the row holds, there is an answer for it. */
export function judgeRow(value: unknown, meta: Conversation['meta'], options: JudgeOptions): Judged {
  const problems = new Problems();
  const read = readMessages(value, options, problems);
  const tools = isObject(value) ? readTools(own(value, 'tools'), problems) : undefined;
  if (read && problems.errors.length === 0) judgeOrder(read.messages, options.trainOn, problems);
  const error = problems.combined;
  if (error || !read) {
    return {
      ok: false,
      error: error ?? { code: 'data/unreadable', message: 'row: it could not be read' },
      warnings: problems.warnings,
    };
  }
  const messages = withSystemPrompt(read.messages, options.dataset.system_prompt);
  return {
    ok: true,
    conversation: { messages, ...(tools ? { tools } : {}), meta },
    format: read.format,
    warnings: problems.warnings,
  };
}

function readMessages(
  value: unknown,
  { dataset }: JudgeOptions,
  problems: Problems,
): { messages: Message[]; format: ReadableFormat } | null {
  if (!isObject(value)) {
    problems.error(
      'data/not-an-object',
      '',
      'a JSON object is needed',
      value,
      'write {"messages": [...]} on each line',
    );
    return null;
  }
  const column = (name: string): string => (own(dataset.columns, name) as string | undefined) ?? name;
  const format = dataset.format === 'auto' ? detectFormat(value, column) : dataset.format;
  switch (format) {
    case 'sharegpt': {
      const path = column('conversations');
      const list = judgeMessages(
        own(value, path),
        path,
        { roleMap: { ...shareGptRoles, ...dataset.role_map }, keys: shareGptKeys },
        problems,
      );
      const system = own(value, 'system');
      if (list && typeof system === 'string' && system !== '' && list[0]?.role !== 'system')
        list.unshift({ role: 'system', content: system });
      return list && { messages: list, format };
    }
    case 'prompt_completion':
      return readPromptCompletion(value, column('prompt'), column('completion'), dataset.role_map, problems);
    default: {
      const path = column('messages');
      const list = judgeMessages(
        own(value, path),
        path,
        { roleMap: dataset.role_map, keys: { role: 'role', content: 'content' } },
        problems,
        Object.keys(value),
      );
      return list && { messages: list, format: 'messages' };
    }
  }
}

const shareGptKeys = { role: 'from', content: 'value' };
/** ShareGPT's names of the roles. */
const shareGptRoles: Record<string, string> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  function_response: 'tool',
  observation: 'tool',
};

function detectFormat(row: JsonObject, column: (name: string) => string): ReadableFormat {
  if (Object.hasOwn(row, column('messages'))) return 'messages';
  if (Object.hasOwn(row, column('conversations'))) return 'sharegpt';
  if (Object.hasOwn(row, column('prompt')) && Object.hasOwn(row, column('completion'))) return 'prompt_completion';
  return 'messages';
}

/** TRL's prompt-completion rows: two texts, or two lists of messages. */
function readPromptCompletion(
  row: JsonObject,
  promptKey: string,
  completionKey: string,
  roleMap: Record<string, string>,
  problems: Problems,
): { messages: Message[]; format: ReadableFormat } | null {
  const side = (key: string, role: string): Message[] | null => {
    const value = own(row, key);
    if (typeof value === 'string') return [{ role, content: value }];
    if (Array.isArray(value))
      return judgeMessages(value, key, { roleMap, keys: { role: 'role', content: 'content' } }, problems);
    const code = value === undefined ? 'data/missing-content' : 'data/wrong-type';
    problems.error(code, key, 'a text or a list of messages is needed', value, `give the row a ${key}`);
    return null;
  };
  const prompt = side(promptKey, 'user');
  const completion = side(completionKey, 'assistant');
  return prompt && completion ? { messages: [...prompt, ...completion], format: 'prompt_completion' } : null;
}

function readTools(value: unknown, problems: Problems): unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    problems.error(
      'data/bad-tools',
      'tools',
      'a list of tool definitions is needed',
      value,
      'write a list, or leave the key out',
    );
    return undefined;
  }
  value.forEach((tool: unknown, index) => {
    if (!isObject(tool))
      problems.error(
        'data/bad-tools',
        `tools[${index}]`,
        'an object that describes a tool is needed',
        tool,
        'write {"type": "function", "function": {...}}',
      );
  });
  return value.length > 0 ? (value as unknown[]) : undefined;
}

function withSystemPrompt(messages: Message[], prompt: string | null): Message[] {
  const first = messages[0]?.role;
  return prompt === null || first === 'system' || first === 'developer'
    ? messages
    : [{ role: 'system', content: prompt }, ...messages];
}
