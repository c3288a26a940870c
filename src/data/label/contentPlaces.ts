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
    const contents = contentSpans(template, conversation, rendered).map(
      ({ message, start, end, contentStart }): ContentPlace => ({ message, start, end, contentStart }),
    );
    return { contents, note: null };
  } catch (cause) {
    return { contents: [], note: toErrorRecord(cause).message };
  }
}
