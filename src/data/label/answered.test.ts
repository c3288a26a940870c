/** Rows that end with a question nobody answers: what is dropped for length is what stands before an answer, never the answers. */
import { expect, it } from 'vitest';
import type { Message } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import { conversation, qwenContext, talk } from '../testing/contexts';
import { labelRow, type LabelledRow } from './labelRow';

const question = 'and then nothing is answered any more';
const system: Message = { role: 'system', content: 'Stay.' };
const label = (messages: Message[], max_length: number): LabelledRow =>
  labelRow(conversation(...messages), qwenContext({ training: { max_length } }).label);
const count = ({ labels }: LabelledRow): number => labels.filter((value) => value !== ignoreLabel).length;

it.each<[name: string, messages: Message[]]>([
  ['one exchange and a question', [system, ...talk('q', 'the answer', question)]],
  ['several exchanges', [system, ...talk('q1', 'a1', 'q2', 'the answer', question)]],
  [
    'a last answer that is switched off',
    [system, ...talk('q1', 'the answer', question), { role: 'assistant', content: 'no', weight: 0 }],
  ],
])('%s: the last trained answer is kept, and the needed length is enough', (_, messages) => {
  const whole = label(messages, 1000);
  const alone = label([system, ...talk('q', 'the answer')], 1000);
  const cut = label(messages, whole.ids.length - 1);
  expect(cut.fit).toBe('turns_dropped');
  expect(count(cut)).toBe(messages.length > 4 && messages[4]?.weight !== 0 ? count(alone) : count(whole));
  expect(cut.text).toContain('the answer<|im_end|>');
  const needed = label(messages, whole.neededTokens);
  expect(['fits', 'turns_dropped']).toContain(needed.fit);
  expect(needed.text).toContain('the answer<|im_end|>');
  expect(['answer_cut', 'nothing_left']).toContain(label(messages, whole.neededTokens - 1).fit);
});
