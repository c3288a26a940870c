import { ignoreLabel } from '../../protocol/example';
import type { TurnSpan } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';

interface Row {
  labels: ArrayLike<number>;
  offsets: ArrayLike<number>;
  turns: TurnSpan[];
}

/**
 * The smallest max_length that cuts no answer of a whole row: for `keep_start` all up to the last trained token, for
 * `keep_end` all from the token before the first; for `drop_oldest_turns` the system turn and the last exchange in
 * which something is trained, since dropped turns are not cut answers. That last one supposes that a turn renders the same whatever stands before it.
 * 0 for a row without labels.
 */
export function neededTokens({ labels, offsets, turns }: Row, truncation: Recipe['training']['truncation']): number {
  const count = labels.length;
  let first = 0;
  while (first < count && labels[first] === ignoreLabel) first++;
  if (first === count) return 0;
  let last = count - 1;
  while (labels[last] === ignoreLabel) last--;
  if (truncation === 'keep_start') return last + 1;
  if (truncation === 'keep_end') return Math.min(count, count - first + 1);
  const firstTurn = turns.find(({ role, message }) => message >= 0 && role !== 'system' && role !== 'developer');
  const place = offsets[last * 2] ?? 0;
  const lastTurn = turns.findLast(({ role, start }) => role === 'user' && start <= place);
  if (!firstTurn || !lastTurn) return last + 1;
  const before = tokensBefore(offsets, count, firstTurn.start);
  const exchange = Math.max(before, tokensBefore(offsets, count, lastTurn.start));
  return before + (last + 1 - exchange);
}

/** How many tokens begin before a place in the text. */
function tokensBefore(offsets: ArrayLike<number>, count: number, place: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((offsets[middle * 2] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return low;
}
