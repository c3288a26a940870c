import type { Conversation } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import type { TurnSpan } from '../../protocol/rows';
import type { Places } from './contentPlaces';

/** What truncation works on; see LabelledRow. */
interface Row {
  text: string;
  ids: number[];
  offsets: number[];
  labels: number[];
  turns: TurnSpan[];
  places: () => Places;
}

/** Where the last trained token begins in the text; -1 where nothing is trained. */
export function lastTrained({ labels, offsets }: { labels: ArrayLike<number>; offsets: ArrayLike<number> }): number {
  let last = labels.length - 1;
  while (last >= 0 && labels[last] === ignoreLabel) last--;
  return last < 0 ? -1 : (offsets[last * 2] ?? 0);
}

/**
 * Cuts whole turns from the front until the row fits, keeping the system turn and starting with a user's turn. When even
 * the last exchange in which something is trained is too long, what begins with it is returned, to be cut further.
 * @param render labels a shorter conversation.
 */
export function dropOldestTurns<R extends Row>(
  conversation: Conversation,
  whole: R,
  maxLength: number,
  render: (shorter: Conversation) => R,
): R {
  const { messages } = conversation;
  const firstTurn = messages.findIndex(({ role }) => role !== 'system' && role !== 'developer');
  if (firstTurn < 0) return whole;
  const starts: number[] = [];
  // A question that nobody answers is cut off the end rather than kept in place of the answers.
  const at = lastTrained(whole);
  const learned = whole.turns.findLast(({ message, start }) => message >= 0 && start <= at)?.message ?? messages.length;
  messages.forEach(({ role }, index) => {
    if (index > firstTurn && index <= learned && role === 'user') starts.push(index);
  });
  const from = (start: number): R => {
    const row = render({ ...conversation, messages: [...messages.slice(0, firstTurn), ...messages.slice(start)] });
    // Messages keep their numbers of the whole row.
    const whole = (message: number): number => (message < firstTurn ? message : message + start - firstTurn);
    const renumbered = <T extends { message: number }>(items: T[]): T[] =>
      items.map((item) => ({ ...item, message: whole(item.message) }));
    const { places } = row;
    return {
      ...row,
      turns: renumbered(row.turns),
      places: () => {
        const { contents, note } = places();
        return { contents: renumbered(contents), note };
      },
    };
  };
  // The later the start, the shorter the text: search the first start that fits, rendering O(log n) times.
  let low = 0;
  let high = starts.length;
  let best: R | null = null;
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = from(starts[middle] ?? 0);
    if (row.ids.length <= maxLength) {
      best = row;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  if (best) return best;
  const last = starts.at(-1);
  return last === undefined ? whole : from(last);
}

/** Keeps `maxLength` tokens, from the start or from the end, with the text that they stand for. Adds no end token. */
export function cutTokens<R extends Row>(row: R, maxLength: number, keepEnd: boolean): R {
  const from = keepEnd ? row.ids.length - maxLength : 0;
  const to = from + maxLength;
  const textStart = row.offsets[from * 2] ?? 0;
  const textEnd = row.offsets[to * 2 - 1] ?? row.text.length;
  const clip = (at: number): number => Math.min(Math.max(at, textStart), textEnd) - textStart;
  const inside = <T extends { start: number; end: number }>(spans: T[]): T[] =>
    spans
      .map((span) => ({ ...span, start: clip(span.start), end: clip(span.end) }))
      .filter(({ start, end }) => start < end);
  return {
    ...row,
    text: row.text.slice(textStart, textEnd),
    ids: row.ids.slice(from, to),
    labels: row.labels.slice(from, to),
    offsets: row.offsets.slice(from * 2, to * 2).map(clip),
    turns: inside(row.turns),
    places: () => {
      const { contents, note } = row.places();
      const moved = contents.map((place) => ({
        ...place,
        contentStart: place.contentStart + Math.max(0, textStart - place.start),
      }));
      return { contents: inside(moved), note };
    },
  };
}
