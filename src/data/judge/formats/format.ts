/** What a file format is: its roles, the usual names of their columns, and how a row of it becomes a conversation. */
import type { Message } from '../../../protocol/conversation';
import type { RowFormat } from '../../../protocol/rows';
import type { Cells } from '../cells';

/**
 * What a role's cell holds. `messages`: a list of {role, content}, or its JSON text; `sharegpt`: of {from, value};
 * `side`: a text, a list of messages, or an object that holds one as `messages`; `tools`: a list of definitions, or its JSON text; `pairs`: a list of [question,
 * answer], or its JSON text.
 */
export type CellKind = 'text' | 'messages' | 'sharegpt' | 'side' | 'tools' | 'pairs';

export interface FormatRole {
  name: string;
  required: boolean;
  description: string;
  kind: CellKind;
  /** Usual names of its column besides the role's own, best first; compared without case, spaces, `-` and `_`. */
  otherNames: readonly string[];
}

/** What a row says. With `text` set it is trained whole, without a template, and `messages` is empty. */
export interface ReadRow {
  messages: Message[];
  text?: string;
  /** Those of `messages` that the row gives, and does not ask to learn: its prompt, which may hold earlier answers. */
  given?: readonly Message[];
  /** Tools that stand elsewhere than in a column of their own. */
  tools?: unknown[] | undefined;
}

export interface Format {
  name: RowFormat;
  roles: readonly FormatRole[];
  /** Roles that need a column for the file to be recognised, though rows can do without. */
  recognisedBy: readonly string[];
  /** Reads a row; null, with the problems noted, when it can't. */
  read: (cells: Cells) => ReadRow | null;
}

export const required = (name: string, kind: CellKind, description: string, ...otherNames: string[]): FormatRole => ({
  name,
  required: true,
  description,
  kind,
  otherNames,
});

export const optional = (name: string, kind: CellKind, description: string, ...otherNames: string[]): FormatRole => ({
  name,
  required: false,
  description,
  kind,
  otherNames,
});

/** Roles that most formats share. */
export const toolsRole = optional('tools', 'tools', 'tools that the assistant may call', 'functions');
export const systemRole = optional('system', 'text', 'the system prompt of the row', 'system_prompt', 'system_message');

/** A system turn when there is a text for it, before messages that have none. */
export function withSystem(system: string, messages: Message[]): Message[] {
  const first = messages[0]?.role;
  if (system === '' || first === 'system' || first === 'developer') return messages;
  return [{ role: 'system', content: system }, ...messages];
}

/** One question and its answer, with a system turn when there is a text for it. */
export const exchange = (system: string, question: string, answer: string): Message[] =>
  withSystem(system, [
    { role: 'user', content: question },
    { role: 'assistant', content: answer },
  ]);

/** Two texts with a blank line between, or the one that is not empty. */
export const joined = (first: string, second: string): string =>
  first === '' || second === '' ? first + second : `${first}\n\n${second}`;
