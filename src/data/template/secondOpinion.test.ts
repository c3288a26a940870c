import { expect, it } from 'vitest';
import { talk } from '../testing/contexts';
import { ChatTemplate } from './chatTemplate';
import { transformersJsOpinion } from './secondOpinion';

const opinion = (source: string): ReturnType<typeof transformersJsOpinion> =>
  transformersJsOpinion(new ChatTemplate(source, {}), { messages: talk(' a \n', 'b') });

it.each([
  ['{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}', 'same'],
  ["{% for m in messages %}{{ m.content.strip('\\n') }}|{% endfor %}", 'different'],
  ["{{ '%05d' % 3 }}", 'refused'],
  ["{{ raise_exception('no') }}", null],
])('%s: %s', (source, expected) => {
  expect(opinion(source)).toBe(expected);
});
