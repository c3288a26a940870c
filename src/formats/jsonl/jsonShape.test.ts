import { expect, it } from 'vitest';
import { jsonShape } from './jsonShape';

const shapeOf = (text: string): string => jsonShape(new TextEncoder().encode(text), true).shape;
const turns = '{"role": "user", "content": "[q"},\n {"role": "assistant", "content": "a"}';

it.each([
  ['rows in a list', '[{"a": 1},\n{"b": 2}]', 'array'],
  ['rows in a list on one line', '[{"a": 1}, {"b": 2}]\n', 'array'],
  ['a list on each line', '[{"role": "user"}]\n[{"role": "user"}]\n', 'lines'],
  ['a list of lists on the first line', '\ufeff[[[1]]] \r\n\r\n{"a": 1}', 'lines'],
  ['a list, then nonsense', '[{"a": 1}]\nnonsense', 'array'],
  ['one conversation as a list of turns', `[${turns}]`, 'values'],
  ['one of ShareGPT\u2019s', '[\n{"from": "human", "value": "q"}]', 'values'],
  [
    'turns with all that they may have',
    '[{"content": "", "role": "assistant", "tool_calls": [{"id": 1}], "weight": 0}]',
    'values',
  ],
  ['rows with a role among others', '[{"role": "Cook", "content": "c", "city": "x"}]', 'array'],
  ['a list whose second element is a turn', `[1, ${turns}]`, 'array'],
  ['conversations in a list', `[[${turns}], [${turns}]]`, 'array'],
  ['an empty list', '[]', 'array'],
])('%s', (_, text, shape) => {
  expect(shapeOf(text)).toBe(shape);
});
