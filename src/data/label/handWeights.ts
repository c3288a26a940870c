/** Weights set by hand on parts of a message's content (`Message.weights`), as spans of the rendered text. */
import { TunesmithError } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { Rendered } from '../template/chatTemplate';
import type { ChatTemplate } from '../template/chatTemplate';
import { contentPlaces } from './contentPlaces';
import type { Span } from './spanRules';

export interface HandSpans {
  /** Trained whatever the span rule and the turn's own weight say. */
  trained: Span[];
  /** Masked whatever else is said. */
  masked: Span[];
}

const none: HandSpans = { trained: [], masked: [] };

/**
 * Spans of the rendered text, ascending. Throws `template/content-not-found` when weights are set and the template
 * hides where contents stand: they can't be honoured, and must not be lost without a word.
 */
export function handSpans(template: ChatTemplate, conversation: Conversation, rendered: Rendered): HandSpans {
  if (!conversation.messages.some(({ weights }) => weights && weights.length > 0)) return none;
  const { contents, note } = contentPlaces(template, conversation, rendered);
  if (note !== null) throw new TunesmithError('template/content-not-found', note, { path: 'messages' });
  const spans: HandSpans = { trained: [], masked: [] };
  for (const place of contents) {
    const length = place.end - place.start;
    for (const { start, end, weight } of conversation.messages[place.message]?.weights ?? []) {
      const from = Math.max(0, start - place.contentStart);
      const to = Math.min(length, end - place.contentStart);
      if (from < to)
        spans[weight === 1 ? 'trained' : 'masked'].push({ start: place.start + from, end: place.start + to });
    }
  }
  const ascending = (one: Span, other: Span): number => one.start - other.start;
  spans.trained.sort(ascending);
  spans.masked.sort(ascending);
  return spans;
}
