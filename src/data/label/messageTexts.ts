import type { Conversation } from '../../protocol/conversation';

/** A text of the row that a template may write as it stands. */
export interface MessageText {
  path: string;
  /** Whose text it is, for a person. */
  whose: string;
  text: string;
}

/** Every text that a row brings with it: contents, reasoning, calls and their arguments, tools (as JSON). */
export function* messageTexts({ messages, tools }: Pick<Conversation, 'messages' | 'tools'>): Generator<MessageText> {
  for (const [index, { role, content, reasoning_content, tool_calls }] of messages.entries()) {
    const path = `messages[${index}]`;
    if (typeof content === 'string') yield { path: `${path}.content`, whose: `the ${role}'s text`, text: content };
    if (reasoning_content !== undefined)
      yield { path: `${path}.reasoning_content`, whose: `the ${role}'s reasoning`, text: reasoning_content };
    if (tool_calls)
      yield { path: `${path}.tool_calls`, whose: `the ${role}'s tool call`, text: JSON.stringify(tool_calls) };
  }
  if (tools) yield { path: 'tools', whose: 'the list of tools', text: JSON.stringify(tools) };
}
