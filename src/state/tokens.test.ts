import { expect, test } from 'vitest';
import { chunkTurns, contentOf, nextDrawn, snippet, tokenCells, turnCells, turnState, visibleSpace } from './tokens';

// <s>user\nHi<e>\n<s>assistant\nYo 🦊<e>, the fox in two byte tokens that share its offsets.
const pieces = ['<s>', 'user', '\n', 'Hi', '<e>', '\n', '<s>', 'assistant', '\n', 'Yo', ' ', '🦊', '', '<e>'];
const text = pieces.join('');
const offsets: number[] = [];
let at = 0;
for (const piece of pieces) {
  if (piece === '') offsets.push(at - 2, at);
  else offsets.push(at, at + piece.length);
  at += piece.length;
}
const inputIds = pieces.map((_, index) => (pieces[index]?.startsWith('<') ? 1 : 10 + index));
const labels = inputIds.map((id, index) => (index >= 9 ? id : -100));
const cells = tokenCells({ text, inputIds, offsets, labels }, new Set([1]));
const second = text.lastIndexOf('<s>');
const turns = [
  { message: 0, role: 'user', start: 0, end: second },
  { message: 1, role: 'assistant', start: second, end: text.length },
];

test('cells joined are the text, and a shared character is shown once', () => {
  expect(cells.map((cell) => cell.text).join('')).toBe(text);
  expect(cells[11]?.text).toBe('🦊');
  expect(cells[12]?.text).toBe('');
});

test('text that no token claims goes to the next token', () => {
  const gap = tokenCells({ text: 'a b', inputIds: [1, 2], offsets: [0, 1, 2, 3] }, new Set());
  expect(gap.map((cell) => cell.text)).toEqual(['a', ' b']);
});

test('a token learns the next one exactly where that one is trained (shift by one)', () => {
  expect(cells[8]?.trained).toBe(false);
  expect(cells[8]?.learnsNext).toBe('Yo');
  expect(cells[8]?.learnsNextId).toBe(inputIds[9]);
  expect(cells[7]?.learnsNext).toBeNull();
  expect(cells.at(-1)?.learnsNext).toBeNull();
});

test('a prompt has no labels, so nothing in it is trained', () => {
  expect(tokenCells({ text, inputIds, offsets }, new Set()).some((cell) => cell.trained)).toBe(false);
});

test('cells fall into their turns, with none lost', () => {
  const groups = turnCells(cells, offsets, turns);
  expect(groups.map((group) => group.role)).toEqual(['user', 'assistant']);
  expect(groups.map((group) => group.message)).toEqual([0, 1]);
  expect(groups.flatMap((group) => group.cells)).toEqual(cells);
});

test('blocks are of one turn each, end with a line where they can, and joined are the cells', () => {
  const chunks = chunkTurns(turnCells(cells, offsets, turns), 2, 4);
  expect(chunks.map((chunk) => [chunk.turn, chunk.cells.length, chunk.isCut])).toEqual([
    [0, 3, false],
    [0, 3, false],
    [1, 3, false],
    [1, 4, true],
    [1, 1, false],
  ]);
  expect(chunks.flatMap((chunk) => chunk.cells)).toEqual(cells);
});

test('drawing goes on by whole blocks, and always goes on', () => {
  const chunks = chunkTurns(turnCells(cells, offsets, turns), 2, 4);
  expect(nextDrawn(chunks, 0, 1)).toBe(1);
  expect(nextDrawn(chunks, 0, 4)).toBe(2);
  expect(nextDrawn(chunks, 2, 100)).toBe(5);
  expect(nextDrawn(chunks, 5, 100)).toBe(5);
});

test('what the template wrote by itself belongs to no message', () => {
  const template = [{ message: -1, role: 'template', start: 0, end: text.length }];
  expect(turnCells(cells, offsets, template)[0]?.message).toBeNull();
});

test('a snippet of a turn whose content has a place leaves out all that the template wrote', () => {
  const text = '### User:\nhello you\n\n';
  const offsets = [0, 3, 3, 8, 8, 9, 9, 10, 10, 15, 15, 19, 19, 21];
  const cells = tokenCells({ text, inputIds: [0, 1, 2, 3, 4, 5, 6], offsets }, new Set());
  const [turn] = turnCells(cells, offsets, [{ message: 0, role: 'user', start: 0, end: text.length }]);
  const contents = [{ message: 0, start: 10, end: 19, contentStart: 0 }];
  const said = (places: typeof contents): unknown =>
    turn && snippet(contentOf(turn, { contents: places, offsets }), 80).parts;
  expect(said(contents)).toEqual([{ text: 'hello you', trained: false }]);
  expect(said([])).toEqual([{ text: '### User: hello you ', trained: false }]);
});

test('a snippet leaves out special tokens and the role header', () => {
  const groups = turnCells(cells, offsets, turns);
  expect(groups.map((group) => snippet(group, 80).parts)).toEqual([
    [{ text: 'Hi ', trained: false }],
    [{ text: 'Yo 🦊', trained: true }],
  ]);
});

test('white space and control characters can be seen', () => {
  expect(visibleSpace('a b\n\u0000')).toBe('a·b⏎\n⟨00⟩');
  expect(visibleSpace('a\u00a0b\u3000\u200bc\u2028\ufeff\u202e')).toBe('a⟨a0⟩b⟨3000⟩⟨200b⟩c⟨2028⟩⟨feff⟩⟨202e⟩');
  expect(visibleSpace('👩\u200d🚀 é')).toBe('👩\u200d🚀·é');
});

test('a turn is trained whole only where all of its content is', () => {
  const text = '<a>one two<e>';
  const offsets = [0, 3, 3, 6, 6, 10, 10, 13];
  const state = (trained: number[], contents = [{ message: 0, start: 3, end: 10, contentStart: 0 }]): unknown => {
    const inputIds = [0, 1, 2, 3];
    const labels = inputIds.map((id) => (trained.includes(id) ? id : -100));
    const cells = tokenCells({ text, inputIds, offsets, labels }, new Set());
    const [turn] = turnCells(cells, offsets, [{ message: 0, role: 'assistant', start: 0, end: text.length }]);
    return turn && turnState(turn, { contents, offsets });
  };
  expect(state([1, 2, 3])).toBe('trained');
  expect(state([1, 2])).toBe('trained');
  // A word masked at the end leaves one stretch, but not the whole answer.
  expect(state([2, 3])).toBe('in part');
  expect(state([3])).toBe('in part');
  expect(state([])).toBe('masked');
  expect([state([1, 2], []), state([1, 3], [])]).toEqual(['trained', 'in part']);
});
