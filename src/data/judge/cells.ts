/** A row's cells by the roles of its format: each either what the role needs, or a problem that names role and column. */
import type { Message } from '../../protocol/conversation';
import { judgeMessages, wellFormed, type MessageKeys } from './judgeMessages';
import { noteCalls, parseCell } from './parseCell';
import { isObject, listed, own, type JsonObject, type Problems } from './problems';
import { isRequest } from './shapes';

const standardKeys: MessageKeys = { role: 'role', content: 'content' };

export class Cells {
  /**
   * @param columns role → column, for every role that the row may fill.
   * @param roleMap the recipe's `dataset.role_map`.
   */
  constructor(
    readonly row: JsonObject,
    private readonly format: string,
    private readonly columns: ReadonlyMap<string, string>,
    private readonly roleMap: Readonly<Record<string, string>>,
    readonly problems: Problems,
  ) {}

  column(role: string): string {
    return this.columns.get(role) ?? role;
  }

  #value(role: string): unknown {
    const column = this.columns.get(role);
    return column === undefined ? undefined : (own(this.row, column) ?? undefined);
  }

  /** A needed text; null, with the problem noted, when there is none. */
  text(role: string): string | null {
    const value = this.#value(role);
    if (typeof value === 'string') return wellFormed(value, this.problems, this.column(role));
    if (value === undefined) this.#missing(role);
    else this.#notText(role, value);
    return null;
  }

  /** A text that may be absent: then it is empty. */
  optionalText(role: string): string {
    const value = this.#value(role);
    if (value === undefined) return '';
    if (typeof value === 'string') return wellFormed(value, this.problems, this.column(role));
    this.#notText(role, value);
    return '';
  }

  /** A needed list of messages, or its JSON text. @param roleNames the format's own names of roles; the recipe's win. */
  messages(
    role: string,
    keys: MessageKeys,
    roleNames?: Readonly<Record<string, string>>,
    callRoles?: readonly string[],
  ): Message[] | null {
    const column = this.column(role);
    let value = this.#value(role);
    if (typeof value === 'string' && /^\s*[[{]/.test(value)) {
      value = parseCell(value, column, this.problems);
      if (value === undefined) return null;
    }
    const roleMap = roleNames ? { ...roleNames, ...this.roleMap } : this.roleMap;
    return judgeMessages(
      value,
      column,
      { roleMap, keys, ...(callRoles ? { callRoles } : {}) },
      this.problems,
      this.row,
    );
  }

  /** Earlier questions with their answers, a list of pairs of texts or its JSON text; none where the cell is empty. */
  pairs(role: string): [question: string, answer: string][] {
    const { problems } = this;
    const column = this.column(role);
    let value = this.#value(role);
    if (value === undefined || (typeof value === 'string' && value.trim() === '')) return [];
    if (typeof value === 'string' && /^\s*\[/.test(value)) {
      value = parseCell(value, column, problems);
      if (value === undefined) return [];
    }
    const remedy = `write [["question", "answer"], ...], or name no column for it in dataset.columns, as {"${role}": ""}`;
    if (!Array.isArray(value)) {
      problems.error('data/wrong-type', column, 'a list of earlier questions and answers is needed', value, remedy);
      return [];
    }
    return value.flatMap((item: unknown, index): [string, string][] => {
      const path = `${column}[${index}]`;
      const pair: unknown[] = Array.isArray(item) && item.length === 2 ? item : [];
      const [question, answer] = pair;
      if (typeof question === 'string' && typeof answer === 'string')
        return [[wellFormed(question, problems, path), wellFormed(answer, problems, path)]];
      problems.error('data/wrong-type', path, 'a pair of texts, question and answer, is needed', item, remedy);
      return [];
    });
  }

  /** A text that `speaker` says, a list of messages, or an object that holds one as `messages`. */
  side(role: string, speaker: 'user' | 'assistant'): Message[] | null {
    const column = this.column(role);
    const value = this.#value(role);
    if (typeof value === 'string')
      return this.#listInText(value, column) ?? [{ role: speaker, content: wellFormed(value, this.problems, column) }];
    const [list, path] = isRequest(value) ? [value.messages, `${column}.messages`] : [value, column];
    if (Array.isArray(list))
      return judgeMessages(list, path, { roleMap: this.roleMap, keys: standardKeys }, this.problems, this.row);
    if (value === undefined) this.#missing(role);
    else
      this.problems.error(
        'data/wrong-type',
        column,
        'a text or a list of messages is needed',
        value,
        'put the text in quotes',
      );
    return null;
  }

  /** A text that is a JSON list of messages, as cells of CSV hold it; null for any other text. */
  #listInText(text: string, column: string): Message[] | null {
    if (!/^\s*\[\s*\{/.test(text)) return null;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return null;
    }
    if (!Array.isArray(value) || !value.every((item) => isObject(item) && Object.hasOwn(item, 'role'))) return null;
    noteCalls(text, value);
    return judgeMessages(value, column, { roleMap: this.roleMap, keys: standardKeys }, this.problems, this.row);
  }

  /** Tool definitions: a list, its JSON text, or a list of JSON texts; undefined when there are none. */
  tools(): unknown[] | undefined {
    return this.#toolList(this.column('tools'), this.#value('tools'));
  }

  /** Those that stand beside the messages of a {@link side}. */
  toolsBeside(role: string): unknown[] | undefined {
    const value = this.#value(role);
    return isRequest(value) ? this.#toolList(`${this.column(role)}.tools`, own(value, 'tools')) : undefined;
  }

  #toolList(column: string, given: unknown): unknown[] | undefined {
    const { problems } = this;
    let value = given;
    if (typeof value === 'string') {
      if (value.trim() === '') return undefined;
      if (/^\s*\[/.test(value)) value = parseCell(value, column, problems);
    }
    if (value === undefined || value === null) return undefined;
    if (!Array.isArray(value)) {
      const remedy = 'write a list, or leave the key out';
      problems.error('data/bad-tools', column, 'a list of tool definitions is needed', value, remedy);
      return undefined;
    }
    if (value.length === 0) return undefined;
    const isOlder = column.toLowerCase() === 'functions';
    return value.map((item: unknown, index) => {
      const path = `${column}[${index}]`;
      const read = typeof item === 'string' && /^\s*\{/.test(item) ? parseCell(item, path, problems) : item;
      // OpenAI's older `functions` are what its tools hold under `function`.
      const tool =
        isOlder && isObject(read) && !Object.hasOwn(read, 'function') ? { type: 'function', function: read } : read;
      if (tool !== undefined && !isObject(tool)) {
        const remedy = 'write {"type": "function", "function": {...}}';
        problems.error('data/bad-tools', path, 'an object that describes a tool is needed', tool, remedy);
      }
      return tool;
    });
  }

  #missing(role: string): void {
    this.problems.error(
      'data/missing-column',
      this.column(role),
      `a row of ${this.format} needs its ${role}`,
      undefined,
      `fill it, or name its column in dataset.columns, as {"${role}": "<column>"}; this row has ${listed(Object.keys(this.row))}`,
    );
  }

  #notText(role: string, value: unknown): void {
    const isNested = Array.isArray(value) || isObject(value);
    const own = isNested ? 'write one text in each row (pandas: orient="records")' : 'put it in quotes';
    const remedy = `${own}, or use dataset.messages_template, which writes any value as text`;
    this.problems.error('data/wrong-type', this.column(role), `${role} is a text`, value, remedy);
  }
}
