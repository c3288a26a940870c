import { TunesmithError } from '../../lib/errors';
import type { Conversation } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import type { Rendered } from '../template/chatTemplate';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { messageTexts } from './messageTexts';
import type { Span } from './spanRules';

/**
 * Spans between a begin and an end token, both excluded, with Modalities' edge rules (rules.md 8): a row without either
 * marker is fully masked, with a warning; an end before a begin and a begin inside a begin are errors; a begin that is
 * still open at the end of the row trains to the end; a marker in a text of the row itself (calls and tools too) is an error.
 */
export function markerSpans(
  conversation: Conversation,
  { text }: Rendered,
  tokenizer: Tokenizer,
  { begin, end }: { begin: number; end: number },
): { spans: Span[]; warnings: RowWarning[] } {
  for (const { path, text: own } of messageTexts(conversation)) {
    const { ids } = tokenizer.encode(own);
    if (ids.includes(begin) || ids.includes(end)) {
      throw rowError(
        'data/marker-in-content',
        path,
        'a loss marker stands in the text itself; remove it or choose other markers',
      );
    }
  }
  const { ids, offsets } = tokenizer.encode(text);
  const spans: Span[] = [];
  let openAt = -1;
  ids.forEach((id, index) => {
    const start = offsets[index * 2] ?? 0;
    if (id === begin && openAt >= 0 && begin !== end) {
      throw rowError('data/markers-nested', 'text', 'a begin marker stands inside a marked span; check the template');
    } else if (id === begin && openAt < 0) {
      openAt = offsets[index * 2 + 1] ?? 0;
    } else if (id === end) {
      if (openAt < 0)
        throw rowError(
          'data/markers-reversed',
          'text',
          'an end marker stands before its begin marker; check the template',
        );
      if (start > openAt) spans.push({ start: openAt, end: start });
      openAt = -1;
    }
  });
  if (openAt >= 0 && openAt < text.length) spans.push({ start: openAt, end: text.length });
  const missing = [ids.includes(begin) ? '' : 'begin', ids.includes(end) ? '' : 'end'].filter(Boolean);
  if (missing.length === 0) return { spans, warnings: [] };
  const message = `text: no ${missing.join(' and no ')} marker in it, so nothing of this row is trained; check the template and the markers`;
  return { spans: [], warnings: [{ code: 'data/no-markers', message }] };
}

const rowError = (code: string, path: string, what: string): TunesmithError =>
  new TunesmithError(code, `${path}: ${what}`, { path });
