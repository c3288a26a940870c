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
  ['{% set ns = namespace(n=0) %}{% for i in range(9) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}', 'same'],
])('%s: %s', (source, expected) => {
  expect(opinion(source)).toBe(expected);
});

/** True in transformers.js alone. */
const there = "('\\n a '.strip('\\n') == 'a')";
const tree = '{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}';

it('the two can be told apart', () => {
  expect(opinion(`{% if ${there} %}x{% endif %}`)).toBe('different');
});

it.each([
  ['loops', "{% for a in range(9999) %}{% for b in range(9999) %}{{ '' }}{% endfor %}{% endfor %}"],
  ['a long range', '{{ range(1000000000) | length }}'],
  ['a range backwards', '{{ range(0, -1000000000, -1) | length }}'],
  [
    'texts',
    "{% set ns = namespace(t='x') %}{% for i in range(40) %}{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}",
  ],
  ['lists', '{% set ns = namespace(l=[1]) %}{% for i in range(40) %}{% set ns.l = ns.l + ns.l %}{% endfor %}'],
  ['a tree as JSON', `${tree}{{ ns.l | tojson }}`],
  ['a tree as text', `${tree}{{ ns.l }}`],
  ['a tree of namespaces', `{% set a = namespace() %}{% set b = namespace(l=[a, a]) %}{{ b | tojson }}`],
])('no end there alone: %s', (_, endless) => {
  const begun = performance.now();
  expect(opinion(`{% if ${there} %}${endless}{% endif %}`)).toBeNull();
  expect(performance.now() - begun).toBeLessThan(5000);
});
