/**
 * Numbers of messages under a recipe's system prompt. The prompt stands before the row's own messages in the conversation
 * that is rendered; to a person, and to edits that are kept, the row's own first message stays the first one, so that a mask
 * set by hand stays where it was set when the prompt comes or goes.
 */
import type { Conversation } from '../../protocol/conversation';
import type { LabelledRow } from '../label/labelRow';

/** The conversation as the row has it. */
export const withoutPrompt = (conversation: Conversation): Conversation => ({
  ...conversation,
  messages: conversation.messages.slice(1),
});

/** The prompt's turn counts as text of the template, the others have the row's own numbers. */
export function numberedAsInRow(labelled: LabelledRow): LabelledRow {
  const numbered = <T extends { message: number }>(item: T): T => ({
    ...item,
    message: Math.max(-1, item.message - 1),
  });
  return {
    ...labelled,
    turns: labelled.turns.map(numbered),
    warnings: labelled.warnings.map(pathInRow),
    places: () => {
      const { contents, note } = labelled.places();
      return { contents: contents.filter(({ message }) => message > 0).map(numbered), note: note && inRow(note) };
    },
  };
}

/** A problem whose path and message name the field in the row, or the recipe's prompt. */
export function pathInRow<T extends { message: string; path?: string }>(problem: T): T {
  const { message, path } = problem;
  return { ...problem, message: inRow(message), ...(path === undefined ? {} : { path: inRow(path) }) };
}

const inRow = (text: string): string =>
  text.replace(/^messages\[(\d+)\](\.content)?/, (_, index: string, content = '') =>
    index === '0' ? 'dataset.system_prompt' : `messages[${Number(index) - 1}]${String(content)}`,
  );
