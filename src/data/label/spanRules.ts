/** Which characters of a rendered conversation are trained on: recipe `loss.span` and `loss.train_on` (rules.md 1–2, 6–8). */
import type { Conversation } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import type { ChatTemplate, Rendered } from '../template/chatTemplate';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { answerSpans } from './answerSpans';
import { markerSpans } from './markerSpans';
import { isOff, switchedOff } from './switchedOff';

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
  const masked = switchedOff(conversation, rendered, context.template, context.trainOn);
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
  context: SpanContext,
): { spans: Span[]; marker?: Span; warnings: RowWarning[] } {
  const { rule, tokenizer } = context;
  switch (rule.kind) {
    case 'generation': {
      const { messages } = conversation;
      if (!messages.some(isOff)) return { spans: rendered.generations, warnings: [] };
      // What stands after the last turn (an end of text) belongs to it.
      const isOn = ({ start }: Span): boolean => {
        const owner = messages[ownerOf(rendered, start) ?? -1];
        return !owner || !isOff(owner);
      };
      return { spans: rendered.generations.filter(isOn), warnings: [] };
    }
    case 'content':
      return answerSpans(conversation, rendered, context);
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

/** The spans that belong to the last assistant message. Without turns (a template that hides them), the last span. */
function lastOnly(spans: Span[], { messages }: Conversation, rendered: Rendered): Span[] {
  if (rendered.turns.length === 0) return spans.slice(-1);
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  return spans.filter(({ start }) => ownerOf(rendered, start) === last);
}

/** The message whose turn a place of the text stands in, or after. */
function ownerOf({ turns }: Rendered, at: number): number | undefined {
  let low = 0;
  let high = turns.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((turns[middle]?.start ?? 0) <= at) low = middle + 1;
    else high = middle;
  }
  return turns[low - 1]?.message;
}
