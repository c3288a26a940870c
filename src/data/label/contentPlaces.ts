import { toErrorRecord } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { ContentPlace } from '../../protocol/rows';
import type { ChatTemplate, Rendered } from '../template/chatTemplate';
import { contentSpans } from '../template/contentSpans';

/** Places of contents, or why the template hides them. */
export interface Places {
  contents: ContentPlace[];
  note: string | null;
}

/** Where each message's content stands in a rendered text; never throws. */
export function contentPlaces(template: ChatTemplate, conversation: Conversation, rendered: Rendered): Places {
  try {
    const contents = contentSpans(template, conversation, rendered).map(({ message, start, end }): ContentPlace => {
      const content = conversation.messages[message]?.content;
      const shown = rendered.text.slice(start, end);
      return {
        message,
        start,
        end,
        contentStart: typeof content === 'string' ? Math.max(0, content.indexOf(shown)) : 0,
      };
    });
    return { contents, note: null };
  } catch (cause) {
    return { contents: [], note: toErrorRecord(cause).message };
  }
}
