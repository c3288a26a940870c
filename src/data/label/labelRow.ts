/** Conversation → text, tokens and labels, computed once: the trainer, the preview and the command line read these arrays. */
import { TunesmithError } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RowFit, RowWarning, TurnSpan } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import { encodePlain } from '../tokenizer/encodePlain';
import type { Encoding } from '../tokenizer/tokenizer';
import { contentPlaces, type Places } from './contentPlaces';
import { handSpans, type HandSpans } from './handWeights';
import { neededTokens } from './neededTokens';
import { remarksOf } from './remarks';
import { trainedSpans, type Span, type SpanContext } from './spanRules';
import { contentWarnings, renderedWarnings } from './textWarnings';
import { cutTokens, dropOldestTurns } from './truncate';
import { turnSpans } from './turnSpans';

export interface LabelContext extends SpanContext {
  /** Ids of the tokenizer's added tokens. */
  specialIds: ReadonlySet<number>;
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
  /** Smallest max_length that cuts no answer under this truncation. */
  neededTokens: number;
  warnings: RowWarning[];
  /** Facts that count as a class of problem but would be noise beside each row. */
  remarks: RowWarning[];
  /** Where contents stand in `text`; worked out when asked. */
  places: () => Places;
}

/**
 * Labels one conversation under a recipe (rules.md 1–12). Throws a TunesmithError with the row's problem when the template
 * refuses the conversation or a span rule can't be applied to it.
 */
export function labelRow(conversation: Conversation, context: LabelContext): LabelledRow {
  const whole = labelWhole(conversation, context);
  const warnings = [...contentWarnings(conversation, context.tokenizer), ...whole.warnings];
  const { maxLength, truncation } = context;
  const wholeTokens = whole.ids.length;
  const facts = { wholeTokens, neededTokens: neededTokens(whole, truncation), warnings };
  if (wholeTokens <= maxLength) {
    if (!isTrained(whole)) warnings.push(nothingToTrain);
    return { ...whole, ...facts, fit: 'fits', truncated: false, remarks: remarksOf(conversation, whole, context) };
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
  warnings.push(truncationWarning(fit, wholeTokens, kept.ids.length, context));
  return { ...kept, ...facts, fit, truncated: true, remarks: [] };
}

export type WholeRow = Omit<LabelledRow, 'fit' | 'truncated' | 'wholeTokens' | 'neededTokens' | 'remarks'>;

function labelWhole(conversation: Conversation, context: LabelContext): WholeRow {
  if (conversation.text !== undefined) return labelRawText(conversation.text, context);
  const { template, tokenizer } = context;
  const rendered = template.render(conversation);
  const { trained, masked, warnings } = trainedSpans(conversation, rendered, context);
  const byHand = handSpans(template, conversation, rendered);
  const { ids, offsets } = tokenizer.encode(rendered.text);
  return {
    text: rendered.text,
    ids,
    offsets,
    labels: labelTokens(ids, offsets, trained, masked, byHand),
    turns: turnSpans(conversation, rendered),
    warnings: [...warnings, ...renderedWarnings(conversation, rendered)],
    places: () => contentPlaces(template, conversation, rendered),
  };
}

/** A row of plain text, as TRL trains it: no template, the tokenizer's first token and the end token added, every token trained. */
function labelRawText(source: string, { tokenizer }: LabelContext): WholeRow {
  const { eos_token: endToken } = tokenizer.config;
  const ended = endToken && !source.endsWith(endToken) ? source + endToken : source;
  const { text, ids, offsets } = encodePlain(ended, tokenizer);
  return {
    text,
    ids,
    offsets,
    labels: Array.from(ids),
    turns: [{ message: -1, role: 'text', start: 0, end: text.length }],
    warnings: [],
    places: () => ({ contents: [], note: 'a row of plain text has no turns; all of it is trained' }),
  };
}

/**
 * A token is trained when its text overlaps a trained span, as transformers' `char_to_token` mapping has it, and no part
 * of it lies in a masked span; weights set by hand win over both, and a mask by hand over everything. All tokens of one
 * split code point go together.
 * @param offsets 2 per token, ascending. @param trained, masked ascending spans.
 */
function labelTokens(ids: number[], offsets: number[], trained: Span[], masked: Span[], byHand: HandSpans): number[] {
  const inTrained = overlapTest(trained);
  const inMasked = overlapTest(masked);
  const trainedByHand = overlapTest(byHand.trained);
  const maskedByHand = overlapTest(byHand.masked);
  return ids.map((id, index) => {
    const start = offsets[index * 2] ?? 0;
    const end = offsets[index * 2 + 1] ?? 0;
    const byRule = inTrained(start, end) && !inMasked(start, end);
    const byPerson = trainedByHand(start, end);
    return !maskedByHand(start, end) && (byRule || byPerson) ? id : ignoreLabel;
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

/** Labels that count: the first token of a row is never predicted. */
function countTrained({ labels }: { labels: ArrayLike<number> }): number {
  let count = 0;
  for (let index = 1; index < labels.length; index++) if (labels[index] !== ignoreLabel) count++;
  return count;
}

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

function truncationWarning(
  fit: RowFit,
  before: number,
  after: number,
  { maxLength, truncation }: LabelContext,
): RowWarning {
  const what = `text: ${before} tokens are more than max_length ${maxLength}`;
  const consequence = {
    fits: '',
    turns_dropped: `${truncation === 'keep_start' ? 'the end, in which nothing is trained,' : 'the oldest part'} was dropped, ${after} tokens are left`,
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
