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

/** A list that is a member of the top object. */
interface ListMember {
  key: string;
  at: number;
  /** Keys of its first element, when that is an object. */
  elementKeys: string[] | null;
}

interface TopObject {
  /** One past its closing brace; -1 when it is not closed within the head. */
  end: number;
  /** First line end inside of it and outside of strings; -1 without. */
  lineEnd: number;
  lists: ListMember[];
  /** Members that are no lists. */
  others: number;
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
  if (open === '[') return plain('array');
  if (open !== '{') return plain('lines');
  const top = scanTop(text, start, lineEnd);
  const isOneLine = top.end >= 0 && top.lineEnd < 0;
  if (isOneLine && (text.slice(top.end).trim() !== '' || !isWhole)) return plain('lines');
  const list = rowList(top);
  if (list) return { shape: 'array', arrayAt: list.at, arrayKey: list.key, lineEnd };
  if (isOneLine || top.lineEnd < 0) return plain('lines');
  // Printed over several lines: its first line ends where more must follow. A line that broke off rarely does.
  const isPrinted = /[{[,:]$/.test(text.slice(start, top.lineEnd).trimEnd());
  return plain(isPrinted ? 'values' : 'lines');
}

function rowList({ lists, others }: TopObject): ListMember | null {
  if (lists.some(({ elementKeys }) => elementKeys?.some((key) => turnKeys.has(key)))) return null;
  const candidates = lists.filter(({ elementKeys }) => elementKeys !== null);
  return (
    candidates.find(({ key }) => rowListKeys.has(key.toLowerCase())) ??
    (candidates.length === 1 && others === 0 ? (candidates[0] ?? null) : null)
  );
}

/** Walks the object that opens at `start`, as far as the text goes. */
function scanTop(text: string, start: number, lineEnd: string): TopObject {
  const top: TopObject = { end: -1, lineEnd: -1, lists: [], others: 0 };
  let depth = 0;
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
      if (depth === 1) list = key = null;
      if (depth === 0) return { ...top, end: token.lastIndex };
      continue;
    }
    const isKey = found.startsWith('"') && /^\s*:/.test(text.slice(token.lastIndex, token.lastIndex + 16));
    if (!isKey) {
      if (depth === 1) top.others++;
      continue;
    }
    if (depth === 1) key = utf8(found.slice(1, -1));
    else if (depth === 3 && list?.elementKeys && list.elementKeys.length < 20)
      list.elementKeys.push(found.slice(1, -1));
  }
  return top;
}

/** A text that was read as Latin-1, one character a byte, read as the UTF-8 that it is. */
const utf8 = (bytes: string): string =>
  new TextDecoder().decode(Uint8Array.from(bytes, (character) => character.charCodeAt(0)));
