import { TunesmithError } from '../../lib/errors';
import type { Conversation, Message } from '../../protocol/conversation';
import type { Recipe } from '../../recipe/schema';
import type { ChatTemplate, Rendered } from '../template/chatTemplate';
import { contentPlaces } from './contentPlaces';
import type { Span } from './spanRules';
import { turnSpans } from './turnSpans';

/** Whether a message is never trained on, whatever the recipe says: `weight` 0 or `train` false. */
export const isOff = ({ weight, train }: Message): boolean => weight === 0 || train === false;

/**
 * Spans of the messages that are never trained on, ascending. Some templates write a message outside of their loop (a first
 * system turn) or into another's turn: where every token is trained, that text is found by itself; else only answers are,
 * and it need not be. Throws `template/turns-unknown` where a message's text can't be told from the others'.
 */
export function switchedOff(
  conversation: Conversation,
  rendered: Rendered,
  template: ChatTemplate,
  trainOn: Recipe['loss']['train_on'],
): Span[] {
  const { messages } = conversation;
  const { text, turns } = rendered;
  const off = messages.flatMap((message, index) => (isOff(message) ? [index] : []));
  if (off.length === 0) return [];
  if (turns.length === 0) throw turnsUnknown();
  const isOffAt = new Set(off);
  const spans: Span[] = turns.filter(({ message }) => isOffAt.has(message));
  const known = new Set(turns.map(({ message }) => message));
  const matters = (index: number): boolean => trainOn === 'all' || messages[index]?.role === 'assistant';
  const apart = off.filter((index) => !known.has(index) && matters(index) && isShown(messages[index], text));
  if (apart.length === 0) return spans;
  // The end of such an answer is trained too, and nobody knows where it is.
  if (apart.some((index) => messages[index]?.role === 'assistant')) throw turnsUnknown();
  const [lead] = turnSpans(conversation, rendered);
  const inLead = (index: number): boolean => lead?.message === index;
  if (lead && apart.some(inLead)) spans.push(lead);
  const hidden = apart.filter((index) => !inLead(index));
  if (hidden.length > 0) {
    const { contents } = contentPlaces(template, conversation, rendered);
    const places = new Map(contents.map((place) => [place.message, place]));
    for (const index of hidden) {
      const place = places.get(index);
      if (!place) throw turnsUnknown();
      spans.push(place);
    }
  }
  return spans.sort((one, other) => one.start - other.start);
}

/** Whether any of a message's text is in the rendered one: templates leave whole roles out. */
const isShown = (message: Message | undefined, text: string): boolean => {
  const content = typeof message?.content === 'string' ? message.content.trim() : '';
  return content !== '' && text.includes(content);
};

const turnsUnknown = (): TunesmithError =>
  new TunesmithError(
    'template/turns-unknown',
    'messages: this template hides which text belongs to which message, so that weight or train can\u2019t be honoured; use a template that loops over messages',
    { path: 'messages' },
  );
