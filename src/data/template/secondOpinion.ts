/**
 * What transformers.js would make of a template: it renders with `@huggingface/jinja`, which reads a few things otherwise
 * than Python (`strip('\n')` strips every white space there). Whoever takes a model to a browser or to Node wants to know.
 */
import { Template } from '@huggingface/jinja';
import type { Conversation } from '../../protocol/conversation';
import type { ChatTemplate } from './chatTemplate';

/** That interpreter has no limits and takes up to a hundred times as long as ours: it is asked only where ours was quick. */
const quickMs = 30;

/**
 * Renders a conversation both ways. `null`: not asked, because our own rendering failed or took long.
 * @returns whether transformers.js renders the same text, another one, or refuses.
 */
export function transformersJsOpinion(
  template: ChatTemplate,
  conversation: Pick<Conversation, 'messages' | 'tools'>,
): 'same' | 'different' | 'refused' | null {
  let text: string;
  const begun = performance.now();
  try {
    ({ text } = template.render(conversation));
  } catch {
    return null;
  }
  if (performance.now() - begun > quickMs) return null;
  try {
    const theirs = new Template(template.source).render(template.contextOf(conversation));
    return theirs === text ? 'same' : 'different';
  } catch {
    return 'refused';
  }
}
