import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import type { Recipe } from '../../recipe/schema';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { labelRow, type LabelledRow } from './labelRow';

const words = fc
  .array(fc.constantFrom('one', 'two', 'three', 'four'), { minLength: 1, maxLength: 12 })
  .map((all) => all.join(' '));
const messages = fc
  .tuple(fc.boolean(), fc.array(fc.tuple(words, words), { minLength: 1, maxLength: 4 }))
  .map(([hasSystem, turns]): Message[] => [
    ...(hasSystem ? [{ role: 'system', content: 'Be brief.' }] : []),
    ...talk(...turns.flat()),
  ]);

it.each(['keep_start', 'keep_end', 'drop_oldest_turns'] as const)(
  '%s: the needed length cuts no answer, and one token less does',
  (truncation: Recipe['training']['truncation']) => {
    const label = (list: Message[], max_length: number): LabelledRow =>
      labelRow(conversation(...list), qwenContext({ training: { max_length, truncation } }).label);
    fc.assert(
      fc.property(messages, (list) => {
        const { neededTokens: needed, wholeTokens } = label(list, 100_000);
        expect(needed).toBeLessThanOrEqual(wholeTokens);
        expect(['fits', 'turns_dropped']).toContain(label(list, needed).fit);
        expect(['answer_cut', 'nothing_left']).toContain(label(list, needed - 1).fit);
      }),
      { numRuns: 40 },
    );
  },
);

it('a row without labels needs nothing', () => {
  const masked = talk('a', 'b').map((message) => ({ ...message, weight: 0 }));
  expect(labelRow(conversation(...masked), qwenContext().label).neededTokens).toBe(0);
});
