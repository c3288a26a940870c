import { TunesmithError } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { ChatTemplate, Rendered } from './chatTemplate';

/** Where a message's own content stands in the rendered text. */
interface ContentSpan {
  message: number;
  start: number;
  end: number;
  /** The template's fixed text right after the content, up to the next content. */
  tail: string;
}

/**
 * Finds each message's content in a rendered text. The conversation is rendered once more with unique words in place of
 * the contents; what stands between those words is the template's own text, and the contents are what is left. A word
 * holds no white space at its ends and no tags, so that trimming and splitting leave it whole.
 *
 * Returns spans of the messages whose content was found. Throws `template/content-not-found` when the fixed text does
 * not line up: the template treats content in a way that hides where it stands.
 */
export function contentSpans(template: ChatTemplate, conversation: Conversation, rendered: Rendered): ContentSpan[] {
  const { messages } = conversation;
  const seed = freeWord(messages.map(({ content }) => (typeof content === 'string' ? content : '')));
  const word = (index: number): string => `${seed}${index}x`;
  const probed = template.render({
    ...conversation,
    messages: messages.map((message, index) =>
      typeof message.content === 'string' && message.content !== '' ? { ...message, content: word(index) } : message,
    ),
  }).text;

  const found: { message: number; at: number; length: number }[] = [];
  messages.forEach(({ content }, message) => {
    if (typeof content !== 'string' || content === '') return;
    const at = probed.indexOf(word(message));
    if (at >= 0) found.push({ message, at, length: word(message).length });
  });
  found.sort((one, other) => one.at - other.at);

  const spans: ContentSpan[] = [];
  let inProbe = 0;
  let inText = 0;
  const text = rendered.text;
  found.forEach(({ message, at, length }, index) => {
    const before = probed.slice(inProbe, at);
    if (!text.startsWith(before, inText)) throw notFound(message);
    const start = inText + before.length;
    const tailEnd = found[index + 1]?.at ?? probed.length;
    const tail = probed.slice(at + length, tailEnd);
    const content = messages[message]?.content;
    const end = endOfContent(text, start, typeof content === 'string' ? content : '', tail);
    if (end < 0) throw notFound(message);
    spans.push({ message, start, end, tail });
    inProbe = at + length;
    inText = end;
  });
  if (text.slice(inText) !== probed.slice(inProbe)) throw notFound(messages.length - 1);
  return spans;
}

/** The content as it is, or trimmed on one or both sides, with the fixed text after it. */
function endOfContent(text: string, start: number, content: string, tail: string): number {
  for (const form of [content, content.trim(), content.trimEnd(), content.trimStart(), content.replace(/^\n+/, '')]) {
    if (text.startsWith(form, start) && text.startsWith(tail, start + form.length)) return start + form.length;
  }
  return -1;
}

function freeWord(contents: string[]): string {
  for (let attempt = 0; ; attempt++) {
    const word = `qz${attempt}kv`;
    if (!contents.some((content) => content.includes(word))) return word;
  }
}

const notFound = (message: number): TunesmithError =>
  new TunesmithError(
    'template/content-not-found',
    `messages[${message}].content: the template changes this text, so that its place can't be told; use loss.span "trl" or "generation", or a template with {% generation %} tags`,
    { path: `messages[${message}].content` },
  );
