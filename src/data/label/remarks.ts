/** Lints of a whole, labelled row (page: "Problems"), beyond what keeps it from being used. */
import type { Conversation } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { RowWarning } from '../../protocol/rows';
import type { LabelContext, WholeRow } from './labelRow';

/** Share of tokens that are parts of a split character, above which the tokenizer hardly knows a text's script. */
const splitShare = 0.2;
const fewTokens = 16;

/** Remarks that are counted by class but not written beside each row: they hold for most rows of a file or for none. */
export function remarksOf(conversation: Conversation, row: WholeRow, context: LabelContext): RowWarning[] {
  const remarks: RowWarning[] = [];
  if (conversation.text === undefined) {
    const [first] = row.turns;
    if (first?.message === -1 && first.role === 'system') remarks.push(systemInjected);
    if (!stopIsTrained(row.ids, row.labels, context)) remarks.push(stopNotTrained);
    if (hasOtherPrompt(conversation, row.text, context)) remarks.push(promptNotPrefix);
  }
  const { unknownId } = context.tokenizer;
  if (unknownId !== null && row.ids.includes(unknownId)) remarks.push(unknownTokens);
  if (isMostlySplit(row.offsets)) remarks.push(rareTokens);
  return remarks;
}

/**
 * Whether the row teaches the model to stop: the last trained token is a special token, or white space after one that is
 * trained too (`<|im_end|>\n`). True for a row without labels, which teaches nothing at all.
 */
export function stopIsTrained(
  ids: ArrayLike<number>,
  labels: ArrayLike<number>,
  { tokenizer, specialIds }: Pick<LabelContext, 'tokenizer' | 'specialIds'>,
): boolean {
  let last = labels.length - 1;
  while (last >= 0 && labels[last] === ignoreLabel) last--;
  if (last < 0) return true;
  const isSpecial = (at: number): boolean => specialIds.has(ids[at] ?? -1);
  if (isSpecial(last)) return true;
  return (
    last > 0 &&
    labels[last - 1] !== ignoreLabel &&
    isSpecial(last - 1) &&
    tokenizer.decode([ids[last] ?? 0]).trim() === ''
  );
}

/** Whether chat, asking for the last answer, would send another text than training showed before it. */
function hasOtherPrompt(conversation: Conversation, text: string, { template }: LabelContext): boolean {
  const { messages } = conversation;
  const answer = messages.findLastIndex(({ role }) => role === 'assistant');
  if (answer < 1) return false;
  try {
    const prompt = template.render(
      { ...conversation, messages: messages.slice(0, answer) },
      { addGenerationPrompt: true },
    );
    return !text.startsWith(prompt.text);
  } catch {
    return true;
  }
}

function isMostlySplit(offsets: ArrayLike<number>): boolean {
  const tokens = offsets.length / 2;
  if (tokens < fewTokens) return false;
  let split = 0;
  for (let index = 1; index < tokens; index++)
    if (offsets[index * 2] === offsets[index * 2 - 2] && offsets[index * 2 + 1] === offsets[index * 2 - 1]) split++;
  return split > splitShare * tokens;
}

const systemInjected: RowWarning = {
  code: 'data/system-injected',
  message:
    'messages: the row has no system turn and the chat template writes its own; set dataset.system_prompt if you want another',
};
const stopNotTrained: RowWarning = {
  code: 'data/stop-not-trained',
  message:
    'labels: no special token is trained at the end of the last answer, so that the model does not learn to stop; use loss.span "trl" or "content", and a template that ends answers with a token of this model',
};
const promptNotPrefix: RowWarning = {
  code: 'data/prompt-not-prefix',
  message:
    'text: what chat would send before the last answer is not how this row begins, so that chat differs from training; look at the template and template.enable_thinking',
};
const unknownTokens: RowWarning = {
  code: 'data/unknown-token',
  message:
    'text: it holds characters that this tokenizer does not know, which all become the one unknown token; change them, or choose another model',
};
const rareTokens: RowWarning = {
  code: 'data/rare-tokens',
  message:
    'text: more than a fifth of its tokens are single bytes of characters that this tokenizer hardly knows; the model has seen little of this script',
};
