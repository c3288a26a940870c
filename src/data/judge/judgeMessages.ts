import type { Message, ToolCall } from '../../protocol/conversation';
import { isObject, own, type JsonObject, type Problems } from './problems';

interface MessageOptions {
  /** Source role → template role. */
  roleMap: Record<string, string>;
  /** Names of the two main keys. */
  keys: { role: string; content: string };
}

/** Roles that chat templates know; others must be mapped by the recipe. */
const knownRoles: readonly string[] = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const usualNames: Record<string, string> = {
  human: 'user',
  gpt: 'assistant',
  bot: 'assistant',
  model: 'assistant',
  ai: 'assistant',
  ipython: 'tool',
};

/**
 * Judges a list of messages; null when the list itself is unusable. Problems go to `problems`; a message with a problem
 * is left out of the result, which is then not used.
 * @param path where the list stands in the row. @param rowKeys for the hint when it is missing.
 */
export function judgeMessages(
  value: unknown,
  path: string,
  options: MessageOptions,
  problems: Problems,
  rowKeys: string[] = [],
): Message[] | null {
  if (value === undefined) {
    const has =
      rowKeys.length > 0
        ? `; this row has ${rowKeys
            .slice(0, 5)
            .map((key) => JSON.stringify(key))
            .join(', ')}`
        : '';
    problems.error(
      'data/missing-messages',
      path,
      'a list of messages is needed',
      value,
      `add it, or name its column in dataset.columns${has}`,
    );
    return null;
  }
  if (!Array.isArray(value)) {
    problems.error(
      'data/wrong-type',
      path,
      'a list of messages is needed',
      value,
      'write [{"role": "user", "content": "..."}, ...]',
    );
    return null;
  }
  if (value.length === 0) {
    problems.error(
      'data/empty-conversation',
      path,
      'at least one message is needed',
      value,
      'add the messages or remove the row',
    );
    return null;
  }
  const messages: Message[] = [];
  value.forEach((item: unknown, index) => {
    const message = judgeMessage(item, `${path}[${index}]`, options, problems);
    if (message) messages.push(message);
  });
  return messages;
}

function judgeMessage(value: unknown, path: string, options: MessageOptions, problems: Problems): Message | null {
  if (!isObject(value)) {
    problems.error(
      'data/message-not-an-object',
      path,
      'an object with role and content is needed',
      value,
      'write {"role": "user", "content": "..."}',
    );
    return null;
  }
  const before = problems.errors.length;
  // Rows of mixed origin: the usual names count where the format's own are missing.
  const roleKey = Object.hasOwn(value, options.keys.role) ? options.keys.role : 'role';
  const contentKey = Object.hasOwn(value, options.keys.content) ? options.keys.content : 'content';
  const role = judgeRole(own(value, roleKey), `${path}.${roleKey}`, options, problems);
  const toolCalls = judgeToolCalls(own(value, 'tool_calls'), `${path}.tool_calls`, problems);
  const content = judgeContent(own(value, contentKey), `${path}.${contentKey}`, toolCalls !== undefined, problems);
  const message: Message = { role: role ?? '', content: content ?? null };
  if (toolCalls) message.tool_calls = toolCalls;
  for (const key of ['name', 'tool_call_id', 'reasoning_content'] as const) {
    const text = own(value, key);
    if (text === undefined || text === null) continue;
    if (typeof text === 'string') message[key] = wellFormed(text, `${path}.${key}`, problems);
    else
      problems.error(
        'data/wrong-type',
        `${path}.${key}`,
        'a text is needed',
        text,
        'put it in quotes or leave the key out',
      );
  }
  judgeSwitches(value, path, message, problems);
  return problems.errors.length === before ? message : null;
}

function judgeRole(value: unknown, path: string, { roleMap }: MessageOptions, problems: Problems): string | null {
  if (value === undefined) {
    problems.error('data/missing-role', path, 'a role is needed', value, 'add "system", "user" or "assistant"');
    return null;
  }
  if (typeof value !== 'string') {
    problems.error('data/wrong-type', path, 'a role is a text', value, 'write "system", "user" or "assistant"');
    return null;
  }
  const role = (own(roleMap, value) as string | undefined) ?? value;
  if (knownRoles.includes(role)) return role;
  const lower = role.trim().toLowerCase();
  const guess = (own(usualNames, lower) as string | undefined) ?? (knownRoles.includes(lower) ? lower : undefined);
  const remedy = guess
    ? `write "${guess}", or set dataset.role_map to {${JSON.stringify(value)}: "${guess}"}`
    : `use one of these, or map it with dataset.role_map`;
  problems.error('data/unknown-role', path, `a role is one of ${knownRoles.join(', ')}`, value, remedy);
  return null;
}

function judgeContent(value: unknown, path: string, hasToolCalls: boolean, problems: Problems): string | null {
  if (typeof value === 'string') return wellFormed(value, path, problems);
  if (hasToolCalls && (value === undefined || value === null)) return null;
  if (value === undefined) {
    problems.error('data/missing-content', path, 'a content is needed', value, 'add "content": "..."');
    return null;
  }
  if (Array.isArray(value)) return joinParts(value, path, problems);
  problems.error('data/wrong-type', path, 'a text is needed', value, 'put the text in quotes');
  return null;
}

/** A list of text parts as one text; other kinds (pictures, sound) can't be used and are errors. */
function joinParts(parts: unknown[], path: string, problems: Problems): string | null {
  const texts: string[] = [];
  parts.forEach((part, index) => {
    const at = `${path}[${index}]`;
    if (typeof part === 'string') texts.push(part);
    else if (!isObject(part))
      problems.error(
        'data/bad-part',
        at,
        'a part is an object with type and text',
        part,
        'write {"type": "text", "text": "..."}',
      );
    else if (own(part, 'type') !== 'text') {
      problems.error(
        'data/unsupported-part',
        `${at}.type`,
        'only text can be trained on',
        own(part, 'type'),
        'remove the part or the row',
      );
    } else {
      const text = own(part, 'text');
      if (typeof text === 'string') texts.push(text);
      else problems.error('data/bad-part', `${at}.text`, 'a text part needs its text', text, 'add "text": "..."');
    }
  });
  if (texts.length !== parts.length) return null;
  problems.warn(
    'data/parts-joined',
    path,
    `${parts.length === 1 ? 'one part is' : `${parts.length} parts are`} read as one text`,
    'write the content as a text if that is not meant',
  );
  return wellFormed(texts.join(''), path, problems);
}

function judgeToolCalls(value: unknown, path: string, problems: Problems): ToolCall[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) {
    problems.error(
      'data/bad-tool-call',
      path,
      'a list of tool calls is needed',
      value,
      'write a list, or leave the key out',
    );
    return undefined;
  }
  if (value.length === 0) return undefined;
  return value.map((item: unknown, index): ToolCall => {
    const at = `${path}[${index}]`;
    const call = isObject(item) ? item : {};
    // OpenAI nests name and arguments in `function`; the flat form is common too.
    const inner = own(call, 'function');
    const body: JsonObject = isObject(inner) ? inner : call;
    const name = own(body, 'name');
    const args = own(body, 'arguments');
    const innerPath = isObject(inner) ? `${at}.function` : at;
    if (!isObject(item))
      problems.error(
        'data/bad-tool-call',
        at,
        'a tool call is an object',
        item,
        'write {"type": "function", "function": {"name": "...", "arguments": {}}}',
      );
    else if (typeof name !== 'string')
      problems.error(
        'data/bad-tool-call',
        `${innerPath}.name`,
        'a tool call names its function',
        name,
        'add "name": "..."',
      );
    else if (typeof args !== 'string' && !isObject(args) && args !== undefined) {
      problems.error(
        'data/bad-tool-call',
        `${innerPath}.arguments`,
        'arguments are an object or its JSON text',
        args,
        'write {"key": value, ...}',
      );
    }
    return { ...call, function: { ...body, name: typeof name === 'string' ? name : '', arguments: args ?? {} } };
  });
}

/** `weight` (OpenAI) and `train` (axolotl) decide whether a message is trained on. */
function judgeSwitches(value: JsonObject, path: string, message: Message, problems: Problems): void {
  const weight = own(value, 'weight');
  if (weight === 0 || weight === 1) message.weight = weight;
  else if (weight !== undefined && weight !== null) {
    problems.error(
      'data/bad-weight',
      `${path}.weight`,
      'a weight is 0 or 1',
      weight,
      'write 0 to mask the message, 1 to train on it',
    );
  }
  const train = own(value, 'train');
  if (typeof train === 'boolean') message.train = train;
  else if (train !== undefined && train !== null) {
    problems.error(
      'data/bad-train',
      `${path}.train`,
      'train is true or false',
      train,
      'write false to mask the message',
    );
  }
}

/** Half a surrogate pair is no character: tokenizers can't read it, so that it becomes U+FFFD, with a warning. */
function wellFormed(text: string, path: string, problems: Problems): string {
  const fixed = text.replace(/\p{Surrogate}/gu, '\ufffd');
  if (fixed !== text)
    problems.warn(
      'data/lone-surrogate',
      path,
      'half a character (a lone \\ud800…\\udfff escape) is read as U+FFFD',
      'write the whole character',
    );
  return fixed;
}
