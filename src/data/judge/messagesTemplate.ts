/** Recipe `dataset.messages_template`: messages with `{column}` places, filled from each row. */
import type { Message } from '../../protocol/conversation';
import type { Recipe } from '../../recipe/schema';
import { judgeMessages, wellFormed } from './judgeMessages';
import { listed, own, type JsonObject, type Problems } from './problems';

export type MessagesTemplate = NonNullable<Recipe['dataset']['messages_template']>;

/** Fixed text, or a place for a column's value. */
type Piece = { text: string } | { place: string };

interface Compiled {
  messages: { role: string; pieces: Piece[] }[];
  /** What is wrong with the template itself, and where. */
  fault: { path: string; got: string } | null;
}

const compiled = new WeakMap<MessagesTemplate, Compiled>();

function compile(template: MessagesTemplate): Compiled {
  const known = compiled.get(template);
  if (known) return known;
  let fault: Compiled['fault'] = null;
  const messages = template.map(({ role, content }, index) => {
    const pieces = piecesOf(content);
    if (!pieces) fault ??= { path: `dataset.messages_template[${index}].content`, got: content };
    return { role, pieces: pieces ?? [] };
  });
  const result: Compiled = { messages, fault };
  compiled.set(template, result);
  return result;
}

/** `{{` and `}}` are literal braces, `{name}` is a place; null when a brace stands alone. */
function piecesOf(content: string): Piece[] | null {
  const pieces: Piece[] = [];
  let text = '';
  // Every match is at the end of the one before: nothing is skipped, what does not match is a lone brace.
  const token = /\{\{|\}\}|\{([^{}]+)\}|[^{}]+/y;
  for (let at = 0; at < content.length; at = token.lastIndex) {
    token.lastIndex = at;
    const match = token.exec(content);
    if (!match) return null;
    const [all, place] = match;
    if (place === undefined) text += all === '{{' ? '{' : all === '}}' ? '}' : all;
    else {
      if (text !== '') pieces.push({ text });
      text = '';
      pieces.push({ place });
    }
  }
  if (text !== '') pieces.push({ text });
  return pieces;
}

/** Names of a template's places, each once, in order. */
export const placesOf = (template: MessagesTemplate): string[] => [
  ...new Set(
    compile(template).messages.flatMap(({ pieces }) =>
      pieces.flatMap((piece) => ('place' in piece ? [piece.place] : [])),
    ),
  ),
];

/**
 * Fills the template from one row; null, with the problems noted, when it can't. A value goes in as it is and is never
 * read for places again; what is not a text goes in as JSON, `null` as nothing.
 * @param columns place → column, where they differ (`dataset.columns`).
 */
export function fillTemplate(
  template: MessagesTemplate,
  row: JsonObject,
  columns: Readonly<Record<string, string>>,
  roleMap: Readonly<Record<string, string>>,
  problems: Problems,
): Message[] | null {
  const { messages, fault } = compile(template);
  if (fault) {
    const remedy = 'write {column} for a value and {{ or }} for a brace';
    problems.error('data/bad-messages-template', fault.path, 'braces come in pairs', fault.got, remedy);
    return null;
  }
  const before = problems.errors.length;
  const filled = messages.map(({ role, pieces }) => {
    let content = '';
    for (const piece of pieces)
      content += 'text' in piece ? piece.text : valueText(piece.place, row, columns, problems);
    return { role, content };
  });
  if (problems.errors.length > before) return null;
  return judgeMessages(
    filled,
    'dataset.messages_template',
    { roleMap, keys: { role: 'role', content: 'content' } },
    problems,
    row,
  );
}

function valueText(
  place: string,
  row: JsonObject,
  columns: Readonly<Record<string, string>>,
  problems: Problems,
): string {
  const mapped = own(columns, place);
  const column = typeof mapped === 'string' && mapped !== '' ? mapped : place;
  if (!Object.hasOwn(row, column)) {
    const has = listed(Object.keys(row));
    const remedy = `use a column of the row (${has || 'it has none'}), or name it in dataset.columns`;
    problems.error(
      'data/missing-column',
      column,
      `dataset.messages_template has a place {${place}}`,
      undefined,
      remedy,
    );
    return '';
  }
  const value = row[column];
  if (typeof value === 'string') return wellFormed(value, problems, column);
  if (value === null || value === undefined) return '';
  try {
    return JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item));
  } catch {
    problems.error('data/wrong-type', column, 'a value that can be written as JSON is needed', value, 'nest it less');
    return '';
  }
}
