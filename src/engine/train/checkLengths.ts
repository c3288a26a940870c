import { TunesmithError } from '../../lib/errors';
import type { ExampleTable } from '../../protocol/example';

/**
 * Refuses rows of more tokens than the model reads, before anything is computed: else a run ends in the middle, at the step that
 * comes upon one. Throws `model/too-long`, naming the longest.
 */
export function checkLengths({ rows, offsets }: ExampleTable, maxPositions: number, of: string): void {
  let longest = 0;
  let row = 0;
  let count = 0;
  rows.forEach((number, index) => {
    const length = (offsets[index + 1] ?? 0) - (offsets[index] ?? 0);
    if (length > maxPositions) count++;
    if (length > longest) [longest, row] = [length, number];
  });
  if (count === 0) return;
  throw new TunesmithError(
    'model/too-long',
    `${of} row ${row}: this model reads at most ${maxPositions} tokens, got ${longest}${count > 1 ? ` (${count} rows are too long)` : ''}; set training.max_length to ${maxPositions} or less`,
    { path: 'training.max_length', data: { row, length: longest, maxPositions, rows: count } },
  );
}
