import type { Conversation } from '../../protocol/conversation';
import type { TurnSpan } from '../../protocol/rows';
import type { Rendered } from '../template/chatTemplate';

/**
 * The turns of a rendered text, in order and without overlap. Text before the first turn is a system message (the row's
 * own, rendered apart from the others, or the template's default); what stands between or after turns has the role
 * `template`.
 */
export function turnSpans({ messages }: Conversation, { text, turns }: Rendered): TurnSpan[] {
  const spans: TurnSpan[] = [];
  const hasSystem = messages[0]?.role === 'system' || messages[0]?.role === 'developer';
  let done = 0;
  const fill = (until: number): void => {
    if (until <= done) return;
    const gap = text.slice(done, until);
    const isSystem = done === 0 && turns.length > 0 && /\p{L}{2}/u.test(gap.replace(/<[^>]*>/g, ''));
    spans.push({
      message: isSystem && hasSystem ? 0 : -1,
      role: isSystem ? 'system' : 'template',
      start: done,
      end: until,
    });
  };
  for (const { message, start, end } of turns) {
    if (start < done) continue; // a message rendered inside another's turn
    fill(start);
    spans.push({ message, role: messages[message]?.role ?? 'template', start, end });
    done = end;
  }
  fill(text.length);
  return spans;
}
