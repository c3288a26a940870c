/** Weights set by hand, from `DatasetEdit`s of kind `weight`, as `weight` and `weights` of the messages. */
import type { Conversation, Message } from '../../protocol/conversation';
import type { DatasetEdit } from '../../protocol/edits';
import { withWeights } from './replaceRanges';

export type WeightEdit = Pick<Extract<DatasetEdit, { kind: 'weight' }>, 'message' | 'start' | 'end' | 'weight'>;

/** Whether a message is trained when nothing is said by hand. */
type TrainedByRule = (messages: readonly Message[], index: number) => boolean;

const isAnswer: TrainedByRule = (messages, index) => messages[index]?.role === 'assistant';

/**
 * Applies edits in order; later ones win. A whole turn (`start` and `end` null) that is masked gets `weight: 0`; one that
 * is trained loses whatever masks it, and gets a range over all of its content when the rule would not train it.
 * A part of a turn becomes a range of `weights`. Edits of messages that are not there do nothing; places beyond the content
 * count as its end.
 * @param trainedByRule for rules under which not every answer is trained (`last_assistant`).
 */
export function applyWeights(
  conversation: Conversation,
  edits: readonly WeightEdit[],
  trainedByRule: TrainedByRule = isAnswer,
): Conversation {
  if (edits.length === 0) return conversation;
  const messages = [...conversation.messages];
  for (const { message: index, start, end, weight } of edits) {
    const message = messages[index];
    if (!message) continue;
    messages[index] =
      start === null && end === null
        ? wholeTurn(message, weight, trainedByRule(messages, index))
        : partOfTurn(message, start, end, weight);
  }
  return { ...conversation, messages };
}

const lengthOf = ({ content }: Message): number => (typeof content === 'string' ? content.length : 0);

function wholeTurn(message: Message, weight: 0 | 1, byRule: boolean): Message {
  const { weight: _weight, train: _train, weights: _weights, ...plain } = message;
  if (weight === 0) return { ...plain, weight: 0 };
  return byRule ? plain : withWeights(plain, [{ start: 0, end: lengthOf(message), weight: 1 }]);
}

function partOfTurn(message: Message, start: number | null, end: number | null, weight: 0 | 1): Message {
  const length = lengthOf(message);
  const clipped = (place: number): number => Math.min(Math.max(0, Math.trunc(place)), length);
  const range = { start: clipped(start ?? 0), end: clipped(end ?? length), weight };
  return range.start < range.end ? withWeights(message, [...(message.weights ?? []), range]) : message;
}
