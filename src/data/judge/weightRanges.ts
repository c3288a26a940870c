import type { Message } from '../../protocol/conversation';

export type WeightRange = NonNullable<Message['weights']>[number];

/**
 * Ranges as they count: where two overlap the later one wins; sorted, empty ones left out, neighbours of one weight
 * joined. The result says for each place the same as the list did.
 */
export function normalizeWeights(ranges: readonly WeightRange[]): WeightRange[] {
  const places = [...new Set(ranges.flatMap(({ start, end }) => [start, end]))].sort((one, other) => one - other);
  const indexOf = new Map(places.map((place, index) => [place, index]));
  // Weight of each stretch between two neighbouring places, painted from the last range to the first. `next` leads past
  // what is painted already, so that n ranges take n log n steps.
  const painted: (0 | 1 | null)[] = places.map(() => null);
  const next = places.map((_, index) => index);
  const free = (from: number): number => {
    let index = from;
    while (index < next.length && next[index] !== index) {
      const step = next[index] ?? next.length;
      next[index] = next[step] ?? step;
      index = step;
    }
    return index;
  };
  for (const { start, end, weight } of [...ranges].reverse()) {
    if (start >= end) continue;
    const to = indexOf.get(end) ?? 0;
    for (let index = free(indexOf.get(start) ?? 0); index < to; index = free(index)) {
      painted[index] = weight;
      next[index] = index + 1;
    }
  }
  const normal: WeightRange[] = [];
  painted.forEach((weight, index) => {
    const start = places[index] ?? 0;
    const end = places[index + 1] ?? start;
    if (weight === null || start === end) return;
    const before = normal.at(-1);
    if (before?.end === start && before.weight === weight) before.end = end;
    else normal.push({ start, end, weight });
  });
  return normal;
}
