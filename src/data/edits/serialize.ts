import type { Conversation, Message } from '../../protocol/conversation';
import { exactText } from './exactText';

/**
 * A conversation as a row of a `messages` file (or `{text}` for a row of plain text), for saving edited data. Judging the
 * row again gives the same conversation, weights, tools and reasoning included.
 */
export function conversationToRow({ messages, tools, text }: Conversation): Record<string, unknown> {
  if (text !== undefined) return { text };
  return { messages: messages.map(messageToRow), ...(tools && tools.length > 0 ? { tools } : {}) };
}

/** Keys in the order in which people write them; those without a value left out. */
function messageToRow(message: Message): Record<string, unknown> {
  const { role, content, ...more } = message;
  const row: Record<string, unknown> = { role, content };
  const keys = [
    'input',
    'reasoning_content',
    'tool_calls',
    'name',
    'tool_call_id',
    'weight',
    'train',
    'weights',
  ] as const;
  for (const key of keys) if (more[key] !== undefined) row[key] = more[key];
  return row;
}

/**
 * The row as one line of JSON. Numbers and the order of keys in tools and calls are those of the file, also where JavaScript's
 * differ (`1.0`, whole numbers beyond 2⁵³), since templates print them.
 */
export const conversationToLine = (conversation: Conversation): string => exactText(conversationToRow(conversation));
