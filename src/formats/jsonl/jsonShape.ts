/** How a file of JSON text holds its rows, from its first bytes: a line each, one array, an array inside of one object, or values one after another. */
import type { RowShape } from './rawRows';

export interface JsonShape {
  shape: RowShape;
  /** Byte at which the array of rows opens, when it stands inside of an object. */
  arrayAt: number | null;
  /** That array's key. */
  arrayKey: string | null;
  lineEnd: '\n' | '\r';
}

/** Names under which people keep a list of rows. */
const rowListKeys = new Set(
  'data dataset train training test validation valid eval rows examples items records samples instances entries conversations dialogs dialogues chats results documents'.split(
    ' ',
  ),
);
/** Keys that tell a turn of a conversation from a row. */
const turnKeys = new Set(['role', 'from', 'speaker', 'author']);
/** All that a turn may have: a list whose first element has no other keys, two of them these pairs, is one conversation. */
const keysOfTurns = new Set(
  'role content from value name weight weights train tool_calls tool_call_id function_call reasoning reasoning_content thinking'.split(
    ' ',
  ),
);

/** A list that is a member of the top object. */
interface ListMember {
  key: string;
  at: number;
  /** Keys of its first element, when that is an object. */
  elementKeys: string[] | null;
}

interface TopValue {
  /** One past its closing bracket; -1 when it is not closed within the head. */
  end: number;
  /** First line end inside of it and outside of strings; -1 without. */
  lineEnd: number;
  lists: ListMember[];
  /** Members that are no lists. */
  others: number;
  /** Keys of the first element of a top list, when that is an object. */
  firstKeys: string[] | null;
}

/**
 * Recognises the shape from a head of UTF-8 bytes.
 * @param isWhole the head is the whole file. Never throws; what is no JSON is `lines`, and each line tells its fault.
 */
export function jsonShape(head: Uint8Array, isWhole: boolean): JsonShape {
  const text = new TextDecoder('latin1').decode(head);
  const lineEnd = !text.includes('\n') && text.includes('\r') ? '\r' : '\n';
  const plain = (shape: RowShape): JsonShape => ({ shape, arrayAt: null, arrayKey: null, lineEnd });
  const first = text.startsWith('ï»¿') ? 3 : 0;
  const start = text.slice(first).search(/[^ \t\r\n]/) + first;
  const open = text.charAt(start);
  if (open !== '{' && open !== '[') return plain('lines');
  const top = scanTop(text, start, lineEnd);
  if (open === '[') return plain(listShape(top, text));
  const isOneLine = top.end >= 0 && top.lineEnd < 0;
  if (isOneLine && (text.slice(top.end).trim() !== '' || !isWhole)) return plain('lines');
  const list = rowList(top);
  if (list) return { shape: 'array', arrayAt: list.at, arrayKey: list.key, lineEnd };
  if (isOneLine || top.lineEnd < 0) return plain('lines');
  // Printed over several lines: its first line ends where more must follow. A line that broke off rarely does.
  const isPrinted = /[{[,:]$/.test(text.slice(start, top.lineEnd).trimEnd());
  return plain(isPrinted ? 'values' : 'lines');
}

/** A file that begins with a list: of rows, one conversation, or a list on each line. */
function listShape({ end, lineEnd, firstKeys }: TopValue, text: string): RowShape {
  const isOneLine = end >= 0 && lineEnd < 0;
  if (isOneLine && /^[ \t]*[\r\n]\s*[[{]/.test(text.slice(end))) return 'lines';
  const isTurn =
    firstKeys !== null &&
    firstKeys.every((key) => keysOfTurns.has(key)) &&
    ['role content', 'from value'].some((pair) => pair.split(' ').every((key) => firstKeys.includes(key)));
  return isTurn ? 'values' : 'array';
}

function rowList({ lists, others }: TopValue): ListMember | null {
  if (lists.some(({ elementKeys }) => elementKeys?.some((key) => turnKeys.has(key)))) return null;
  const candidates = lists.filter(({ elementKeys }) => elementKeys !== null);
  return (
    candidates.find(({ key }) => rowListKeys.has(key.toLowerCase())) ??
    (candidates.length === 1 && others === 0 ? (candidates[0] ?? null) : null)
  );
}

/** Walks the object or list that opens at `start`, as far as the text goes. */
function scanTop(text: string, start: number, lineEnd: string): TopValue {
  const top: TopValue = { end: -1, lineEnd: -1, lists: [], others: 0, firstKeys: null };
  const isList = text.charAt(start) === '[';
  let depth = 0;
  let isFirst = true;
  let key: string | null = null;
  let list: ListMember | null = null;
  const token = /"(?:[^"\\\r\n]|\\.)*"|[{}[\]\r\n]|[^\s{}[\]",:]+/g;
  token.lastIndex = start;
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [found] = match;
    if (found === '\n' || found === '\r') {
      if (found === lineEnd && top.lineEnd < 0) top.lineEnd = match.index;
      continue;
    }
    if (found === '{' || found === '[') {
      if (isList && isFirst && depth === 1 && found === '{' && text.slice(start + 1, match.index).trim() === '')
        top.firstKeys = [];
      if (depth === 1) {
        if (found === '[' && key !== null) top.lists.push((list = { key, at: match.index, elementKeys: null }));
        else top.others++;
      } else if (depth === 2 && list && found === '{' && text.slice(list.at + 1, match.index).trim() === '')
        list.elementKeys = [];
      depth++;
      continue;
    }
    if (found === '}' || found === ']') {
      depth--;
      if (depth === 1) {
        list = key = null;
        isFirst = false;
      }
      if (depth === 0) return { ...top, end: token.lastIndex };
      continue;
    }
    const isKey = found.startsWith('"') && /^\s*:/.test(text.slice(token.lastIndex, token.lastIndex + 16));
    if (!isKey) {
      if (depth === 1) top.others++;
      continue;
    }
    if (depth === 1) key = utf8(found.slice(1, -1));
    else if (depth === 2 && isFirst) top.firstKeys?.push(found.slice(1, -1));
    else if (depth === 3 && list?.elementKeys && list.elementKeys.length < 20)
      list.elementKeys.push(found.slice(1, -1));
  }
  return top;
}

/** A text that was read as Latin-1, one character a byte, read as the UTF-8 that it is. */
const utf8 = (bytes: string): string =>
  new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
