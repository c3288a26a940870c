import type { Message } from '../../protocol/conversation';
import { judgeFunctionCall, judgeToolCalls, readCallText } from './judgeCalls';
import { isObject, listed, own, type JsonObject, type Problems } from './problems';
import { normalizeWeights, type WeightRange } from './weightRanges';

/** Names of the two main keys of a message. */
export interface MessageKeys {
  role: string;
  content: string;
}

interface MessageOptions {
  /** Source role → template role. */
  roleMap: Readonly<Record<string, string>>;
  keys: MessageKeys;
  /** Source roles whose text is the JSON of a call that the assistant makes; the role map wins. */
  callRoles?: readonly string[];
}

/** Roles that chat templates know; others must be mapped by the recipe. */
const knownRoles: readonly string[] = ['system', 'developer', 'user', 'assistant', 'tool', 'function'];
const known = new Set(knownRoles);
const usualNames: Record<string, string> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bot: 'assistant',
  chatbot: 'assistant',
  model: 'assistant',
  ai: 'assistant',
  ipython: 'tool',
  observation: 'tool',
};

/** The known role that another name usually stands for, or null. */
export function usualRole(name: string): string | null {
  const lower = name.trim().toLowerCase();
  const usual = own(usualNames, lower) as string | undefined;
  return usual ?? (known.has(lower) ? lower : null);
}

/**
 * Judges a list of messages; null when the list itself is unusable. Problems go to `problems`; a message with a problem
 * is left out of the result, which is then not used.
 * @param path where the list stands in the row. @param row for the hint when it is missing.
 */
export function judgeMessages(
  value: unknown,
  path: string,
  options: MessageOptions,
  problems: Problems,
  row: JsonObject,
): Message[] | null {
  if (value === undefined) {
    const keys = Object.keys(row);
    const has = keys.length > 0 ? `; this row has ${listed(keys, 5)}` : '';
    const remedy = `add it, or name its column in dataset.columns${has}`;
    problems.error('data/missing-messages', path, 'a list of messages is needed', value, remedy);
    return null;
  }
  if (!Array.isArray(value)) {
    const remedy = 'write [{"role": "user", "content": "..."}, ...]';
    problems.error('data/wrong-type', path, 'a list of messages is needed', value, remedy);
    return null;
  }
  if (value.length === 0) {
    const remedy = 'add the messages or remove the row';
    problems.error('data/empty-conversation', path, 'at least one message is needed', value, remedy);
    return null;
  }
  const messages: Message[] = [];
  for (let index = 0; index < value.length; index++) {
    const item: unknown = value[index];
    const message = plainMessage(item, options) ?? judgeMessage(item, `${path}[${index}]`, options, problems);
    if (message) messages.push(message);
  }
  return messages;
}

/** The common case, judged without building paths: a known role, a sound text, no other keys. Null for any other. */
function plainMessage(value: unknown, { keys, roleMap }: MessageOptions): Message | null {
  if (!isObject(value)) return null;
  let count = 0;
  for (const key in value) {
    if (++count > 2 || (key !== keys.role && key !== keys.content)) return null;
  }
  if (count < 2) return null;
  const source = value[keys.role];
  const content = value[keys.content];
  if (typeof source !== 'string' || typeof content !== 'string') return null;
  const role = Object.hasOwn(roleMap, source) ? (roleMap[source] ?? '') : source;
  return known.has(role) && isWellFormed(content) ? { role, content } : null;
}

function judgeMessage(value: unknown, path: string, options: MessageOptions, problems: Problems): Message | null {
  if (!isObject(value)) {
    const remedy = 'write {"role": "user", "content": "..."}';
    problems.error('data/message-not-an-object', path, 'an object with role and content is needed', value, remedy);
    return null;
  }
  const call = readCallTurn(value, path, options, problems);
  if (call !== undefined) return call;
  const before = problems.errors.length;
  // Rows of mixed origin: the usual names count where the format's own are missing.
  const roleKey = Object.hasOwn(value, options.keys.role) ? options.keys.role : 'role';
  const contentKey = Object.hasOwn(value, options.keys.content) ? options.keys.content : 'content';
  const role = judgeRole(own(value, roleKey), `${path}.${roleKey}`, options, problems);
  const toolCalls =
    judgeToolCalls(own(value, 'tool_calls'), `${path}.tool_calls`, problems) ??
    judgeFunctionCall(own(value, 'function_call'), `${path}.function_call`, problems);
  const content = judgeContent(own(value, contentKey), `${path}.${contentKey}`, toolCalls !== undefined, problems);
  const message: Message = { role: role ?? '', content: content ?? null };
  if (toolCalls) message.tool_calls = toolCalls;
  for (const key of ['name', 'tool_call_id', 'reasoning_content', 'input'] as const) {
    const text = own(value, key);
    if (text === undefined || text === null) continue;
    if (typeof text === 'string') message[key] = wellFormed(text, problems, path, `.${key}`);
    else {
      const remedy = 'put it in quotes or leave the key out';
      problems.error('data/wrong-type', `${path}.${key}`, 'a text is needed', text, remedy);
    }
  }
  renameReasoning(value, path, message, problems);
  judgeSwitches(value, path, message, problems);
  judgeWeights(value, path, message, problems);
  return problems.errors.length === before ? message : null;
}

/** A turn whose role says that its text is a call; undefined for any other, null with the problem noted. */
function readCallTurn(
  value: JsonObject,
  path: string,
  { callRoles, keys, roleMap }: MessageOptions,
  problems: Problems,
): Message | null | undefined {
  const role = own(value, keys.role);
  const text = own(value, keys.content);
  if (typeof role !== 'string' || typeof text !== 'string') return undefined;
  if (!callRoles?.includes(role) || Object.hasOwn(roleMap, role)) return undefined;
  const calls = readCallText(text, `${path}.${keys.content}`, problems);
  if (!calls) return null;
  const message: Message = { role: 'assistant', content: '', tool_calls: calls };
  const before = problems.errors.length;
  judgeSwitches(value, path, message, problems);
  return problems.errors.length === before ? message : null;
}

/** Other names of the text before an answer; templates know `reasoning_content`. */
function renameReasoning(value: JsonObject, path: string, message: Message, problems: Problems): void {
  if (message.reasoning_content !== undefined) return;
  for (const key of ['reasoning', 'thinking']) {
    const text = own(value, key);
    if (typeof text !== 'string' || text === '') continue;
    message.reasoning_content = wellFormed(text, problems, path, `.${key}`);
    const remedy = 'rename it if that is what it is';
    problems.warn('data/reasoning-renamed', `${path}.${key}`, 'it is read as reasoning_content', remedy);
    return;
  }
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
  if (known.has(role)) return role;
  const guess = usualRole(role);
  const remedy = guess
    ? `write "${guess}", or set dataset.role_map to {${JSON.stringify(value)}: "${guess}"}`
    : `use one of these, or map it with dataset.role_map`;
  if (guess) problems.roleGuesses.push([value, guess]);
  problems.error('data/unknown-role', path, `a role is one of ${knownRoles.join(', ')}`, value, remedy, {
    guesses: problems.roleGuesses,
  });
  return null;
}

function judgeContent(value: unknown, path: string, hasToolCalls: boolean, problems: Problems): string | null {
  if (typeof value === 'string') return wellFormed(value, problems, path);
  if (hasToolCalls && (value === undefined || value === null)) return null;
  if (value === undefined) {
    problems.error('data/missing-content', path, 'a content is needed', value, 'add "content": "..."');
    return null;
  }
  if (Array.isArray(value)) return joinParts(value, path, problems);
  const remedy =
    value === null
      ? 'write the text, or "" where nothing is said'
      : isObject(value)
        ? 'write it as a text, for example as its JSON text'
        : 'put the text in quotes';
  problems.error('data/wrong-type', path, 'a text is needed', value, remedy);
  return null;
}

/** Types of parts that hold text: of chat completions, and of OpenAI's responses. */
const textTypes: ReadonlySet<unknown> = new Set(['text', 'input_text', 'output_text']);

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
    else if (own(part, 'type') === undefined)
      problems.error(
        'data/bad-part',
        `${at}.type`,
        'a part names its type',
        undefined,
        'write {"type": "text", "text": "..."}',
      );
    else if (!textTypes.has(own(part, 'type'))) {
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
  return wellFormed(texts.join(''), problems, path);
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

/** Our own `weights`: parts of the content that are trained on (1) or masked (0), in UTF-16 units. */
function judgeWeights(value: JsonObject, path: string, message: Message, problems: Problems): void {
  const list = own(value, 'weights');
  if (list === undefined || list === null) return;
  const length = typeof message.content === 'string' ? message.content.length : 0;
  const remedy = 'write [{"start": 0, "end": 5, "weight": 0}, ...], or leave the key out';
  if (!Array.isArray(list)) {
    problems.error('data/bad-weights', `${path}.weights`, 'a list of ranges is needed', list, remedy);
    return;
  }
  const weights: WeightRange[] = [];
  list.forEach((item: unknown, index) => {
    const at = `${path}.weights[${index}]`;
    if (!isObject(item)) {
      problems.error('data/bad-weights', at, 'a range is an object with start, end and weight', item, remedy);
      return;
    }
    const start = own(item, 'start');
    const end = own(item, 'end');
    const weight = own(item, 'weight');
    const inRange = (place: unknown, least: number): place is number =>
      typeof place === 'number' && Number.isInteger(place) && place >= least && place <= length;
    if (!inRange(start, 0))
      problems.error('data/bad-weights', `${at}.start`, `start is a whole number from 0 to ${length}`, start, remedy);
    else if (!inRange(end, start))
      problems.error('data/bad-weights', `${at}.end`, `end is a whole number from ${start} to ${length}`, end, remedy);
    else if (weight !== 0 && weight !== 1)
      problems.error('data/bad-weights', `${at}.weight`, 'a weight is 0 or 1', weight, remedy);
    else weights.push({ start, end, weight });
  });
  const normal = normalizeWeights(weights);
  if (normal.length > 0) message.weights = normal;
}

/** Whether a text has whole characters only: no half of a surrogate pair stands alone. */
const isWellFormed: (text: string) => boolean =
  'isWellFormed' in String.prototype
    ? (text) => (text as string & { isWellFormed: () => boolean }).isWellFormed()
    : (text) => !/\p{Surrogate}/u.test(text);

/**
 * Half a surrogate pair is no character: tokenizers can't read it, so that it becomes U+FFFD, with a warning.
 * @param path, key together say where the text stands; joined only when there is something to say.
 */
export function wellFormed(text: string, problems: Problems, path: string, key = ''): string {
  if (isWellFormed(text)) return text;
  problems.warn(
    'data/lone-surrogate',
    path + key,
    'half a character (a lone \\ud800…\\udfff escape) is read as U+FFFD',
    'write the whole character',
  );
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
