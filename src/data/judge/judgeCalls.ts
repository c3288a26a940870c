/** Calls of tools: as OpenAI writes them now and wrote them before, flat, as texts, and as turns of their own. */
import type { ToolCall } from '../../protocol/conversation';
import { noteCalls, parseCell } from './parseCell';
import { isObject, own, type JsonObject, type Problems } from './problems';

/** A message's `tool_calls`, or their JSON text; undefined when there are none. */
export function judgeToolCalls(cell: unknown, path: string, problems: Problems): ToolCall[] | undefined {
  const isText = typeof cell === 'string' && /^\s*\[/.test(cell);
  const value = isText ? parseCell(cell, path, problems) : cell;
  if (value === undefined || value === null || value === '') return undefined;
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
  return value.map((item: unknown, index) => judgeCall(item, `${path}[${index}]`, problems));
}

function judgeCall(item: unknown, at: string, problems: Problems): ToolCall {
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
  if (typeof args === 'string' && args.trim() !== '' && !isJson(args)) {
    const what = 'the arguments are a text that is no JSON, and are learned as they stand';
    problems.warn('data/arguments-not-json', `${innerPath}.arguments`, what, 'correct them');
  }
  return { ...call, function: { ...body, name: typeof name === 'string' ? name : '', arguments: args ?? {} } };
}

/** OpenAI's older `function_call`, one call beside the content: templates know `tool_calls`. */
export function judgeFunctionCall(cell: unknown, path: string, problems: Problems): ToolCall[] | undefined {
  if (cell === undefined || cell === null) return undefined;
  const call = judgeCall(cell, path, problems);
  problems.warn('data/call-renamed', path, 'it is read as one of tool_calls', 'rename it if that is what it is');
  return [{ type: 'function', function: call.function }];
}

/** A text that is one call as JSON, or a list of them; null, with the problem noted, when it is neither. */
export function readCallText(text: string, path: string, problems: Problems): ToolCall[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const items: unknown[] = Array.isArray(value) ? value : [value];
  if (items.length === 0 || !items.every(isObject)) {
    const remedy = 'write {"name": "...", "arguments": {...}}, or map the role with dataset.role_map';
    problems.error('data/bad-tool-call', path, 'a call as JSON text is needed', text, remedy);
    return null;
  }
  noteCalls(text, value);
  const before = problems.errors.length;
  const calls = items.map((item) => judgeCall(item, path, problems));
  return problems.errors.length > before
    ? null
    : calls.map((call): ToolCall => ({ type: 'function', function: call.function }));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
