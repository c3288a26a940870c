import { TunesmithError } from '../../lib/errors';
import type { Conversation, Message } from '../../protocol/conversation';
import type { ChatTemplate, Rendered } from './chatTemplate';
import { strip } from './pythonText';

/** Where a message's own content stands in the rendered text. */
interface ContentSpan {
  message: number;
  start: number;
  end: number;
  /** Offset of the shown part inside the message's content: above 0 where the template trims it or takes a thought away. */
  contentStart: number;
  /** The template's fixed text right after the content, up to the next content. */
  tail: string;
}

/** A content as the probe has it: what stays before the word that stands for the rest. */
interface Probe {
  head: string;
  /** The part that the word stands for. */
  body: string;
  /** What stays after the word. */
  foot: string;
}

/** What of the contents stays in the probe because a template looks at it. */
interface Kept {
  blanks: boolean;
  inputs: boolean;
}

/**
 * Finds each message's content in a rendered text. The conversation is rendered once more with unique words in place of
 * the contents; what stands between those words is the template's own text, and the contents are what is left. A word
 * holds no white space at its ends and no tags, so that trimming and splitting leave it whole. A thought
 * (`<think>…</think>`) before an answer stays in the probe, since templates move it or take it away; the span holds it
 * where the text shows it as the content has it, else it is that of the answer after it.
 *
 * Returns spans, in the text's order, of the messages whose content was found. Throws `template/content-not-found` when
 * the fixed text does not line up: the template treats content in a way that hides where it stands.
 */
export function contentSpans(template: ChatTemplate, conversation: Conversation, rendered: Rendered): ContentSpan[] {
  try {
    return align(template, conversation, rendered, { blanks: false, inputs: false });
  } catch (cause) {
    // A template may ask whether a content holds more than white space, or ends with its input: a word in its place
    // answers otherwise.
    const blanks = conversation.messages.some(({ content }) => typeof content === 'string' && isBlank(content));
    const inputs = conversation.messages.some((message) => inputOf(message) !== '');
    if (!blanks && !inputs) throw cause;
    return align(template, conversation, rendered, { blanks, inputs });
  }
}

/** A blank line and the input at the end of a content; empty where there is none. */
function inputOf({ content, input }: Message): string {
  const end = `\n\n${input ?? ''}`;
  return input && typeof content === 'string' && content.endsWith(end) ? end : '';
}

function align(template: ChatTemplate, conversation: Conversation, { text }: Rendered, kept: Kept): ContentSpan[] {
  const { messages } = conversation;
  const seed = freeWord(text);
  const word = (index: number): string => `${seed}${index}x`;
  const probes = messages.map((message): Probe | null => {
    const { content } = message;
    if (typeof content !== 'string' || content === '' || (kept.blanks && isBlank(content))) return null;
    const thought = content.lastIndexOf('</think>');
    const head = thought < 0 ? '' : content.slice(0, thought + '</think>'.length);
    const foot = kept.inputs ? inputOf(message) : '';
    return { head, body: content.slice(head.length, content.length - foot.length), foot };
  });
  const probed = template.render({
    ...conversation,
    messages: messages.map((message, index) => {
      const probe = probes[index];
      return probe ? { ...message, content: probe.head + word(index) + probe.foot } : message;
    }),
  }).text;

  const found: { message: number; probe: Probe; at: number; length: number }[] = [];
  for (const match of probed.matchAll(new RegExp(`${seed}(\\d+)x`, 'g'))) {
    const message = Number(match[1]);
    const probe = probes[message];
    if (probe) found.push({ message, probe, at: match.index, length: match[0].length });
  }

  const spans: ContentSpan[] = [];
  const seen = new Set<number>();
  let inProbe = 0;
  let inText = 0;
  found.forEach(({ message, probe, at, length }, index) => {
    const before = probed.slice(inProbe, at);
    if (!text.startsWith(before, inText)) throw notFound(message);
    const start = inText + before.length;
    const tail = probed.slice(at + length, found[index + 1]?.at ?? probed.length);
    const shown = shownPart(text, start, probe.body, tail);
    if (!shown) throw notFound(message);
    const end = start + shown.length;
    const lead = probe.head === '' ? 0 : leadOf(text, start, messages[message], probe.head.length + shown.from);
    if (!seen.has(message))
      spans.push({ message, start: start - lead, end, contentStart: probe.head.length + shown.from - lead, tail });
    seen.add(message);
    inProbe = at + length;
    inText = end;
  });
  if (text.slice(inText) !== probed.slice(inProbe)) throw notFound(messages.length - 1);
  return spans;
}

/** How much of the content before the shown part stands before it in the text as it is written: all of it, or nothing. */
const leadOf = (text: string, start: number, message: Message | undefined, length: number): number =>
  typeof message?.content === 'string' &&
  length <= start &&
  text.startsWith(message.content.slice(0, length), start - length)
    ? length
    : 0;

const sides = ['strip', 'rstrip', 'lstrip'] as const;

/** The body as it is, or stripped of white space or newlines, with the fixed text after it; null when none fits. */
function shownPart(text: string, start: number, body: string, tail: string): { from: number; length: number } | null {
  const forms = [body, ...[null, '\n'].flatMap((chars) => sides.map((side) => strip(body, side, chars)))];
  for (const form of forms) {
    if (!text.startsWith(form, start) || !text.startsWith(tail, start + form.length)) continue;
    return { from: form === '' ? 0 : body.indexOf(form), length: form.length };
  }
  return null;
}

const isBlank = (content: string): boolean => strip(content, 'strip', null) === '';

function freeWord(text: string): string {
  for (let attempt = 0; ; attempt++) {
    const word = `qz${attempt}kv`;
    if (!text.includes(word)) return word;
  }
}

const notFound = (message: number): TunesmithError =>
  new TunesmithError(
    'template/content-not-found',
    `messages[${message}].content: the template changes this text, so that its place can't be told; use loss.span "trl" or "generation", or a template with {% generation %} tags`,
    { path: `messages[${message}].content` },
  );
