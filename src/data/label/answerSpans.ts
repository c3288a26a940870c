/** `loss.span` "content": each answer and the token that ends its turn, on any template. */
import type { Conversation, Message } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import { contentSpans } from '../template/contentSpans';
import type { Rendered } from '../template/chatTemplate';
import type { Span, SpanContext } from './spanRules';
import { isOff } from './switchedOff';

/**
 * All that each answer says (its calls and shown thoughts too) and the special token that ends its turn, when one follows
 * at once. Ascending. Throws as `contentSpans` does.
 */
export function answerSpans(
  conversation: Conversation,
  rendered: Rendered,
  context: SpanContext,
): { spans: Span[]; warnings: RowWarning[] } {
  const { template, trainOn } = context;
  const { messages } = conversation;
  const places = new Map(contentSpans(template, conversation, rendered).map((place) => [place.message, place]));
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const spans: Span[] = [];
  const warnings: RowWarning[] = [];
  let read = 0;
  const find = (index: number): Span | null =>
    (read += rendered.text.length) > mostRead ? null : saidIn(conversation, rendered, index, context);
  messages.forEach((message, index) => {
    if (message.role !== 'assistant') return;
    const place = places.get(index);
    const isWanted = !isOff(message) && (trainOn !== 'last_assistant' || index === last);
    const said = isWanted && saysMore(message, place?.contentStart) ? find(index) : null;
    if (said && said.start < said.end)
      spans.push({ start: said.start, end: said.end + endLength(rendered.text.slice(said.end), context) });
    else if (place) spans.push({ start: place.start, end: place.end + endLength(place.tail, context) });
    if (isWanted && said === null && isCallShown(message, rendered)) warnings.push(callNotTrained(index));
  });
  return {
    spans: spans.filter(({ start, end }) => start < end).sort((one, other) => one.start - other.start),
    warnings,
  };
}

/** Length of the added token that a text begins with; 0 for none. */
const endLength = (text: string, { tokenizer }: SpanContext): number =>
  tokenizer.addedTokens.find(({ content }) => content !== '' && text.startsWith(content))?.content.length ?? 0;

/** Whether an answer has more than the content whose place is known: calls, reasoning, a thought written in another way. */
const saysMore = ({ content, tool_calls, reasoning_content }: Message, contentStart = 0): boolean =>
  tool_calls !== undefined ||
  (reasoning_content !== undefined && reasoning_content !== '') ||
  (contentStart > 0 && typeof content === 'string' && content.includes('</think>'));

/** Each such answer is rendered anew with all before it: of a log of thousands of calls only the first are found. */
const mostRead = 1 << 27;

/** A noncharacter: no text begins or ends with it. */
const word = '\uffff';

/**
 * All that a message says: what differs when one word is said in its place, as axolotl finds it. Null where it can't be
 * told, since what is rendered up to the message is not how the whole begins; an empty place where nothing is shown.
 */
function saidIn(conversation: Conversation, { text }: Rendered, index: number, { template }: SpanContext): Span | null {
  const { messages } = conversation;
  const render = (message: Message | undefined): string =>
    template.render({ ...conversation, messages: [...messages.slice(0, index), ...(message ? [message] : [])] }).text;
  try {
    const whole = render(messages[index]);
    const other = render({ role: 'assistant', content: word });
    if (!text.startsWith(whole) || !other.includes(word)) return null;
    const most = Math.min(whole.length, other.length);
    let start = 0;
    while (start < most && whole[start] === other[start]) start++;
    let same = 0;
    while (same < most - start && whole.at(-1 - same) === other.at(-1 - same)) same++;
    return { start, end: whole.length - same };
  } catch {
    return null;
  }
}

/** Whether a call of a message is in the text. */
const isCallShown = ({ tool_calls }: Message, { text }: Rendered): boolean =>
  tool_calls?.some(({ function: { name } }) => name !== '' && text.includes(name)) ?? false;

function callNotTrained(index: number): RowWarning {
  const path = `messages[${index}].tool_calls`;
  const message = `${path}: the place of this call in the text can't be told, so that it is not trained; use loss.span "generation" and a template with {% generation %} tags`;
  return { code: 'data/call-not-trained', message, path };
}
