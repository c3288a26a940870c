/** One-click repairs of a conversation. Each is pure: the conversation that comes in stays as it is. */
import type { Conversation, Message } from '../../protocol/conversation';
import type { FixName } from '../../protocol/edits';
import { isEmptyTurn } from '../judge/judgeTurns';
import { escapeControlTokens } from './escapeControlTokens';
import { mergeTurns } from './mergeTurns';
import { replaceInContent } from './replaceRanges';

/**
 * Applies fixes in the order given. `drop_row` changes nothing here: leaving a row out is for whoever holds the rows.
 * A fix that would leave no turn at all changes nothing.
 * @param controlTokens texts of the tokenizer's special tokens, for `escape_control_tokens`.
 */
export function applyFixes(
  conversation: Conversation,
  fixes: readonly FixName[],
  controlTokens: readonly string[],
): Conversation {
  return fixes.reduce((fixed, fix) => applyFix(fixed, fix, controlTokens), conversation);
}

function applyFix(conversation: Conversation, fix: FixName, controlTokens: readonly string[]): Conversation {
  const { messages } = conversation;
  switch (fix) {
    case 'drop_row':
      return conversation;
    case 'merge_turns':
      return withMessages(conversation, mergeTurns(messages));
    case 'drop_empty_turns':
      return withMessages(
        conversation,
        messages.filter((message) => !isEmptyTurn(message)),
      );
    case 'drop_unanswered':
      return withMessages(conversation, messages.slice(0, messages.findLastIndex(isAnswer) + 1));
    case 'trim': {
      const trimmed = withMessages(conversation, messages.map(trimTurn).map(trimInput));
      return trimmed.text === undefined ? trimmed : { ...trimmed, text: trimmed.text.trim() };
    }
    case 'escape_control_tokens': {
      const escaped = withMessages(
        conversation,
        messages.map((message) => escapeControlTokens(message, controlTokens)),
      );
      if (escaped.text === undefined) return escaped;
      const { content } = escapeControlTokens({ role: 'text', content: escaped.text }, controlTokens);
      return { ...escaped, text: typeof content === 'string' ? content : escaped.text };
    }
  }
}

const isAnswer = ({ role }: Message): boolean => role === 'assistant';

const withMessages = (conversation: Conversation, messages: Message[]): Conversation =>
  messages.length === 0 ? conversation : { ...conversation, messages };

/** The input of an Alpaca row is known as the end of its content. */
const trimInput = (message: Message): Message =>
  message.input === undefined ? message : { ...message, input: message.input.trimEnd() };

function trimTurn(message: Message): Message {
  const { content } = message;
  if (typeof content !== 'string') return message;
  const start = content.length - content.trimStart().length;
  const end = content.trimEnd().length;
  if (start >= end)
    return replaceInContent(message, content === '' ? [] : [{ start: 0, end: content.length, text: '' }]);
  return replaceInContent(
    message,
    [
      { start: 0, end: start, text: '' },
      { start: end, end: content.length, text: '' },
    ].filter((cut) => cut.start < cut.end),
  );
}
