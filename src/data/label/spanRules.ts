/** Which characters of a rendered conversation are trained on: recipe `loss.span` and `loss.train_on` (rules.md 1–2, 6–8). */
import { TunesmithError } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import type { ChatTemplate, Rendered } from '../template/chatTemplate';
import { contentSpans } from '../template/contentSpans';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { markerSpans } from './markerSpans';

/** A stretch of the text, UTF-16 offsets, `start < end`. */
export interface Span {
  start: number;
  end: number;
}

/** The rule that is in force once the recipe met the template: `trl` has become one of the others. */
export type SpanRule =
  | { kind: 'generation' }
  | { kind: 'content' }
  | { kind: 'markers'; begin: number; end: number }
  | { kind: 'response_template'; text: string };

export interface SpanContext {
  template: ChatTemplate;
  tokenizer: Tokenizer;
  rule: SpanRule;
  trainOn: Recipe['loss']['train_on'];
}

interface TrainedSpans {
  trained: Span[];
  /** These win over `trained`: messages with weight 0 or train false. */
  masked: Span[];
  warnings: RowWarning[];
}

/** Spans of one rendered conversation. Throws the row's error when the rule can't be applied to it. */
export function trainedSpans(conversation: Conversation, rendered: Rendered, context: SpanContext): TrainedSpans {
  const { messages } = conversation;
  const isOff = messages.map(({ weight, train }) => weight === 0 || train === false);
  const masked = rendered.turns.filter(({ message }) => isOff[message]);
  if (isOff.includes(true) && masked.length === 0) throw turnsUnknown('weight or train');
  if (context.trainOn === 'all') {
    return { trained: [{ start: 0, end: rendered.text.length }], masked, warnings: [] };
  }
  const { spans, marker, warnings } = spansOfRule(conversation, rendered, context);
  return {
    trained: context.trainOn === 'last_assistant' ? lastOnly(spans, conversation, rendered) : spans,
    masked: marker ? [...masked, marker].sort((one, other) => one.start - other.start) : masked,
    warnings,
  };
}

function spansOfRule(
  conversation: Conversation,
  rendered: Rendered,
  { template, tokenizer, rule }: SpanContext,
): { spans: Span[]; marker?: Span; warnings: RowWarning[] } {
  switch (rule.kind) {
    case 'generation':
      return { spans: rendered.generations, warnings: [] };
    case 'content':
      return { spans: answersWithEnd(conversation, rendered, template, tokenizer), warnings: [] };
    case 'markers':
      return markerSpans(conversation, rendered, tokenizer, rule);
    case 'response_template': {
      const at = rendered.text.lastIndexOf(rule.text);
      const start = at + rule.text.length;
      if (at >= 0) {
        const spans = start < rendered.text.length ? [{ start, end: rendered.text.length }] : [];
        // A token that reaches out of the marker into the answer (a special token that swallows white space) is the
        // marker's: TRL counts the prompt's tokens.
        return { spans, marker: { start: at, end: start }, warnings: [] };
      }
      const message = `text: response_template ${JSON.stringify(rule.text)} does not occur, so nothing is trained; check loss.response_template`;
      return { spans: [], warnings: [{ code: 'data/no-response-template', message }] };
    }
  }
}

/** Each answer and the special token that ends its turn, when one follows at once. */
function answersWithEnd(
  conversation: Conversation,
  rendered: Rendered,
  template: ChatTemplate,
  tokenizer: Tokenizer,
): Span[] {
  const spans: Span[] = [];
  for (const { message, start, end, tail } of contentSpans(template, conversation, rendered)) {
    if (conversation.messages[message]?.role !== 'assistant') continue;
    const endToken = tokenizer.addedTokens.find(({ content }) => content !== '' && tail.startsWith(content));
    spans.push({ start, end: end + (endToken?.content.length ?? 0) });
  }
  return spans;
}

/** The spans that belong to the last assistant message. Without turns (a template that hides them), the last span. */
function lastOnly(spans: Span[], { messages }: Conversation, { turns }: Rendered): Span[] {
  if (turns.length === 0) return spans.slice(-1);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return spans.filter(({ start }) => turns.findLast((turn) => turn.start <= start)?.message === last);
}

const turnsUnknown = (key: string): TunesmithError =>
  new TunesmithError(
    'template/turns-unknown',
    `messages: this template hides which text belongs to which message, so that ${key} can't be honoured; use a template that loops over messages`,
    { path: 'messages' },
  );
