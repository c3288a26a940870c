import { expect, test } from 'vitest';
import type { Detection } from '../protocol/rows';
import { mappedColumns } from './mapping';

const detection: Detection = {
  format: 'alpaca',
  confidence: 1,
  reason: '',
  columns: { instruction: 'instruction', input: 'input', output: 'output' },
  roles: [],
  alternatives: [],
  decidedBy: 'file',
};

test('a column that is not used any more leaves its role without a column, not to be found again by its name', () => {
  const without = { instruction: 'instruction', input: '', output: 'output' };
  expect(mappedColumns(detection, {}, 'input', null)).toEqual(without);
  // The role stays without one when another column changes, until it is given one.
  const found = { ...detection, columns: { instruction: 'instruction', output: 'output' } };
  expect(mappedColumns(found, without, 'note', 'system')).toEqual({ ...without, system: 'note' });
  expect(mappedColumns(found, without, 'note', 'input')).toEqual({ ...without, input: 'note' });
  expect(mappedColumns(found, without, 'note', null)).toEqual(without);
});

test('a role has one column and a column one role', () => {
  expect(mappedColumns(detection, {}, 'input', 'instruction')).toEqual({
    instruction: 'input',
    input: '',
    output: 'output',
  });
  expect(mappedColumns(detection, {}, 'title', 'instruction')).toEqual({ ...detection.columns, instruction: 'title' });
});

test('a second choice does not take back the first, though the file was not read with it yet', () => {
  const nothing: Detection = { ...detection, format: 'question_answer', columns: {} };
  const first = mappedColumns(nothing, {}, 'frage', 'question');
  expect(mappedColumns(nothing, first, 'antwort', 'answer')).toEqual({ question: 'frage', answer: 'antwort' });
  expect(mappedColumns(detection, { input: '' }, 'note', 'system')).toMatchObject({ input: '', system: 'note' });
});
