/** Conversation → text, tokens and labels, computed once: the trainer, the preview and the command line read these arrays. */
import { TunesmithError } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RowFit, RowWarning, TurnSpan } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import type { Encoding } from '../tokenizer/tokenizer';
import { trainedSpans, type Span, type SpanContext } from './spanRules';
import { contentWarnings, renderedWarnings } from './textWarnings';
import { cutTokens, dropOldestTurns } from './truncate';
import { turnSpans } from './turnSpans';

export interface LabelContext extends SpanContext {
  maxLength: number;
  truncation: Recipe['training']['truncation'];
}

/** A row's text and arrays. `labels[i]` is `ids[i]` where position i is trained on, else -100, unshifted. */
export interface LabelledRow extends Encoding {
  text: string;
  labels: number[];
  turns: TurnSpan[];
  fit: RowFit;
  truncated: boolean;
  /** Tokens before truncation. */
  wholeTokens: number;
  warnings: RowWarning[];
}

/**
 * Labels one conversation under a recipe (rules.md 1–12). Throws a TunesmithError with the row's problem when the template
 * refuses the conversation or a span rule can't be applied to it.
 */
export function labelRow(conversation: Conversation, context: LabelContext): LabelledRow {
  const whole = labelWhole(conversation, context);
  const warnings = [...contentWarnings(conversation, context.tokenizer), ...whole.warnings];
  const { maxLength, truncation } = context;
  if (whole.ids.length <= maxLength) {
    if (!isTrained(whole)) warnings.push(nothingToTrain);
    return { ...whole, fit: 'fits', truncated: false, wholeTokens: whole.ids.length, warnings };
  }
  let row = whole;
  if (truncation === 'drop_oldest_turns') {
    row = dropOldestTurns(conversation, whole, maxLength, (shorter) => labelWhole(shorter, context));
  }
  const kept = row.ids.length <= maxLength ? row : cutTokens(row, maxLength, truncation === 'keep_end');
  const fit: RowFit = !isTrained(kept)
    ? 'nothing_left'
    : countTrained(kept) < countTrained(row)
      ? 'answer_cut'
      : 'turns_dropped';
  warnings.push(truncationWarning(fit, whole.ids.length, kept.ids.length, maxLength));
  return { ...kept, fit, truncated: true, wholeTokens: whole.ids.length, warnings };
}

type WholeRow = Omit<LabelledRow, 'fit' | 'truncated' | 'wholeTokens'>;

function labelWhole(conversation: Conversation, context: LabelContext): WholeRow {
  const rendered = context.template.render(conversation);
  const { trained, masked, warnings } = trainedSpans(conversation, rendered, context);
  const { ids, offsets } = context.tokenizer.encode(rendered.text);
  return {
    text: rendered.text,
    ids,
    offsets,
    labels: labelTokens(ids, offsets, trained, masked),
    turns: turnSpans(conversation, rendered),
    warnings: [...warnings, ...renderedWarnings(conversation, rendered)],
  };
}

/**
 * A token is trained when its text overlaps a trained span, as transformers' `char_to_token` mapping has it, and no part
 * of it lies in a masked span. All tokens of one split code point go together.
 * @param offsets 2 per token, ascending. @param trained, masked ascending spans.
 */
function labelTokens(ids: number[], offsets: number[], trained: Span[], masked: Span[]): number[] {
  const inTrained = overlapTest(trained);
  const inMasked = overlapTest(masked);
  return ids.map((id, index) => {
    const start = offsets[index * 2] ?? 0;
    const end = offsets[index * 2 + 1] ?? 0;
    return inTrained(start, end) && !inMasked(start, end) ? id : ignoreLabel;
  });
}

/** Whether [start, end) overlaps any span, for starts that never go back by more than a code point. */
function overlapTest(spans: Span[]): (start: number, end: number) => boolean {
  let at = 0;
  return (start, end) => {
    for (let span = spans[at]; span && span.end <= start; span = spans[at]) at++;
    const span = spans[at];
    return span !== undefined && span.start < end;
  };
}

const countTrained = ({ labels }: { labels: number[] }): number =>
  labels.reduce((count, label) => (label === ignoreLabel ? count : count + 1), 0);

/**
 * Whether any loss comes of a row: a trained label at position 1 or later (the first token is never predicted).
 */
export const isTrained = ({ labels }: { labels: ArrayLike<number> }): boolean => {
  for (let index = 1; index < labels.length; index++) if (labels[index] !== ignoreLabel) return true;
  return false;
};

const nothingToTrain: RowWarning = {
  code: 'data/nothing-to-train',
  message: 'labels: no token of this row is trained, so it is left out; check weight, train and the loss settings',
};

function truncationWarning(fit: RowFit, before: number, after: number, maxLength: number): RowWarning {
  const what = `text: ${before} tokens are more than max_length ${maxLength}`;
  const consequence = {
    fits: '',
    turns_dropped: `the oldest part was dropped, ${after} tokens are left`,
    answer_cut: `trained tokens were cut off, ${after} tokens are left`,
    nothing_left: 'nothing to train is left, so the row is left out',
  }[fit];
  const codes = {
    fits: 'data/fits',
    turns_dropped: 'data/turns-dropped',
    answer_cut: 'data/answer-cut',
    nothing_left: 'data/nothing-left',
  } as const;
  return { code: codes[fit], message: `${what}; ${consequence}; raise max_length or shorten the row` };
}

/** A row's error as a TunesmithError whatever was thrown. */
export const asRowError = (cause: unknown): TunesmithError =>
  cause instanceof TunesmithError
    ? cause
    : new TunesmithError('data/label-failed', `row: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
