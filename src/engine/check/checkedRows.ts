import { TunesmithError } from '../../lib/errors';
import { ignoreLabel, type Example, type ExampleTable } from '../../protocol/example';
import { exampleAt, supervisedCount } from '../batch/buildBatch';

/** The first rows with a supervised token that together have at most `tokens` tokens; of a first row that is longer, its end up to the last supervised token. Throws `train/no-rows`. */
export function checkedRows(table: ExampleTable, tokens: number): Example[] {
  const rows: Example[] = [];
  let left = tokens;
  for (let index = 0; index < table.rows.length; index++) {
    const example = exampleAt(table, index);
    if (supervisedCount(example.labels) === 0) continue;
    if (example.inputIds.length > left) {
      if (rows.length === 0) rows.push(endOf(example, tokens));
      break;
    }
    rows.push(example);
    left -= example.inputIds.length;
  }
  if (rows.length === 0)
    throw new TunesmithError(
      'train/no-rows',
      'gradient check: at least one row with a token to learn is needed, got none; see the rows that were refused',
    );
  return rows;
}

function endOf({ row, inputIds, labels }: Example, tokens: number): Example {
  const end = labels.findLastIndex((label) => label !== ignoreLabel) + 1;
  const start = Math.max(0, end - tokens);
  return { row, inputIds: inputIds.subarray(start, end), labels: labels.subarray(start, end) };
}
