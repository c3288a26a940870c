import { expect, test } from 'vitest';
import { announce, useView } from './viewStore';

test('the same sentence said twice is two announcements', () => {
  announce('Undone: Masked “a” in row 1.');
  const { announced } = useView.getState();
  announce('Undone: Masked “a” in row 1.');
  expect(useView.getState().announced).toBe(announced + 1);
});
