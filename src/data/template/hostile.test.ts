/** Templates that would never end or fill the memory are stopped in two seconds, with their line. */
import { describe, expect, it } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { workMs } from '../../lib/testing/stopwatch';
import { CompiledTemplate } from './jinja';

const messages = [{ role: 'user', content: 'a' }];
/** Two lists that hold themselves in pieces: as long as 2^40. */
const trees = `{% set a = namespace(l=[1]) %}{% set b = namespace(l=[1]) %}{% for i in range(40) %}{% set a.l = [a.l, a.l] %}{% set b.l = [b.l, b.l] %}{% endfor %}\n`;
const big = "{% set ns = namespace(t='x' * 1000000) %}\n";

/** Code and line of what a template fails with, and how long that took. */
function outcome(source: string): { code: string; line: unknown; milliseconds: number } {
  let caught: unknown;
  const milliseconds = workMs(() => {
    try {
      new CompiledTemplate(source).render({ messages }, []);
    } catch (cause) {
      caught = cause;
    }
  });
  if (!(caught instanceof TunesmithError)) return { code: String(caught), line: null, milliseconds };
  return { code: caught.code, line: caught.details.data?.['line'], milliseconds };
}

describe('rule 14: a hostile template is stopped', () => {
  it.each<[name: string, line: number, source: string]>([
    [
      'nested ranges',
      3,
      'a\n{% for i in range(90000) %}\n{% for j in range(90000) %}{% if i %}x{% endif %}{% endfor %}{% endfor %}',
    ],
    [
      'nested ranges that print nothing',
      2,
      '{% for i in range(90000) %}\n{% for j in range(90000) %}{% endfor %}{% endfor %}',
    ],
    ['filtered ranges', 2, '{% for i in range(90000) %}\n{% for j in range(90000) if false %}{% endfor %}{% endfor %}'],
    ['a macro that calls itself', 2, '\n{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}'],
    [
      'two macros that call each other',
      1,
      '{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}\n{{ f() }}',
    ],
    [
      'a macro that branches',
      1,
      '{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}\n{{ f(100) }}',
    ],
    ['a loop that loops itself', 1, '{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}'],
    ['a gigabyte by repetition', 2, "\n{{ 'x' * 1000000000 }}"],
    ['a gigabyte by repetition twice', 2, "\n{{ ('x' * 1000000) * 1000 }}"],
    [
      'doubling by ~',
      3,
      "{% set ns = namespace(t='x') %}{% for i in range(40) %}\n\n{% set ns.t = ns.t ~ ns.t %}{% endfor %}{{ ns.t }}",
    ],
    [
      'doubling by +',
      2,
      "{% set ns = namespace(t='x') %}{% for i in range(40) %}\n{% set ns.t = ns.t + ns.t %}{% endfor %}{{ ns.t }}",
    ],
    [
      'doubling lists',
      2,
      '{% set ns = namespace(t=[1]) %}{% for i in range(40) %}\n{% set ns.t = ns.t + ns.t %}{% endfor %}',
    ],
    ['a long list', 2, '\n{{ ([1] * 1000000000) | length }}'],
    ['printing without end', 3, `${big}{% for i in range(10000) %}\n{{ ns.t }}{% endfor %}`],
    [
      'keeping without end',
      3,
      `${big}{% set k = namespace(l=[]) %}{% for i in range(100000) %}\n{% set k.l = k.l + [ns.t ~ i] %}{% endfor %}`,
    ],
    ['join', 2, `${big}{{ range(10000) | join(ns.t) }}`],
    ['join of a text', 2, `${big}{{ ns.t.join(range(10000) | map('string') | list) }}`],
    ['replace', 2, `${big}{{ ns.t | replace('x', ns.t) }}`],
    ['replace of nothing', 2, `${big}{{ ns.t.replace('', ns.t) }}`],
    ['center', 2, "\n{{ 'x' | center(1000000000) }}"],
    ['ljust', 2, "\n{{ 'x'.ljust(1000000000) }}"],
    ['zfill', 2, "\n{{ 'x'.zfill(1000000000) }}"],
    ['expandtabs', 2, "\n{{ ('\\t' * 10000).expandtabs(1000000) }}"],
    ['upper of much, often', 3, `${big}{% for i in range(100000) %}\n{{ (ns.t ~ i) | upper | length }}{% endfor %}`],
    [
      'searching much, often',
      3,
      `${big}{% for i in range(100000) %}\n{% if 'y' in ns.t %}{% endif %}{{ ns.t.count('y') or '' }}{% endfor %}`,
    ],
    [
      'comparing much, often',
      3,
      `${big}{% set a = ns.t ~ 'a' %}{% set b = ns.t ~ 'b' %}{% for i in range(100000) %}\n{% if a == b %}x{% endif %}{% if a < b %}{% endif %}{% endfor %}`,
    ],
    ['a long range', 2, '\n{{ range(100000000) | length }}'],
    ['batch', 2, "\n{{ [1] | batch(1000000000, 'x') | list | length }}"],
    ['slices', 2, '\n{{ [1] | slice(1000000000) | list | length }}'],
    ['printing a list of lists of itself', 2, `${trees}{{ a.l }}`],
    ['JSON of a list of lists of itself', 2, `${trees}{{ a.l | tojson }}`],
    ['comparing lists of lists', 2, `${trees}{{ a.l == b.l }}`],
    ['ordering lists of lists', 2, `${trees}{{ a.l < b.l }}`],
    ['finding a list of lists', 2, `${trees}{{ b.l in [a.l] }}`],
    ['characters as a list', 2, "\n{{ ('x' * 60000000) | list | length }}"],
    ['characters backwards', 2, "\n{{ ('x' * 60000000) | reverse | length }}"],
    ['a loop over characters', 2, "\n{% for c in 'x' * 60000000 %}{% endfor %}"],
    [
      'sorting, often',
      2,
      '{% set l = range(90000) | list %}\n{% for i in range(90000) %}{{ l | sort(reverse=true) | first }}{% endfor %}',
    ],
  ])('%s', (_, line, source) => {
    const { code, line: found, milliseconds } = outcome(source);
    expect({ code, line: found }).toEqual({ code: 'template/limit', line });
    expect(milliseconds).toBeLessThan(2000);
  });

  it.each<[name: string, source: string]>([
    ['width in %', "{{ '%1000000000d' % 1 }}"],
    ['width in format', "{{ '{:1000000000}'.format('x') }}"],
    ['precision', "{{ '%.1000000000f' % 1.5 }}"],
    ['a power', '{{ 10 ** 1000000000 }}'],
    ['a tower', '{{ ((9 ** 999) ** 999) ** 999 }}'],
  ])('%s: fails at once', (_, source) => {
    const { code, line, milliseconds } = outcome(source);
    expect({ code, line }).toEqual({ code: 'template/failed', line: 1 });
    expect(milliseconds).toBeLessThan(500);
  });

  it.each<[name: string, source: string]>([
    ['brackets', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`],
    ['lists', `{{ ${'['.repeat(20_000)}${']'.repeat(20_000)} }}`],
    ['signs', `{{ ${'-'.repeat(20_000)}1 }}`],
    ['not', `{{ ${'not '.repeat(20_000)}1 }}`],
    ['blocks', `${'{% if 1 %}'.repeat(10_000)}${'{% endif %}'.repeat(10_000)}`],
    ['filters', `{{ 1${'|string'.repeat(20_000)} }}`],
    ['attributes', `{{ a${'.b'.repeat(20_000)} }}`],
    ['else if', `{{ ${'1 if 0 else '.repeat(10_000)}1 }}`],
  ])('%s without end do not parse', (_, source) => {
    const { code, line, milliseconds } = outcome(source);
    expect({ code, line }).toEqual({ code: 'template/invalid', line: 1 });
    expect(milliseconds).toBeLessThan(1000);
  });

  it.each<[name: string, source: string]>([
    ['sums', `{{ 1${'+1'.repeat(20_000)} }}`],
    ['ors', `{{ 0${' or 0'.repeat(20_000)} }}`],
    ['sums of texts', `{{ ''${"~'a'".repeat(20_000)} }}`],
    ['elifs', `{% if 0 %}${'{% elif 0 %}'.repeat(10_000)}{% endif %}`],
    ['comparisons', `{{ 1${'<2'.repeat(20_000)} }}`],
    ['tags that nobody closes', "{{ ('<' * 1000000) | striptags | length }}"],
    ['comments that nobody closes', "{{ ('<!--' * 1000000) | striptags | length }}"],
    ['keys in % that nobody closes', "{{ ('%(' * 1000000) % 1 }}"],
    ['zeros in %', "{{ ('%' ~ '0' * 1000000) % 1 }}"],
    ['words from the end', "{{ ('a ' * 400000).rsplit(none, 400000) | length }}"],
    ['filling with a long text', "{{ 'x'.ljust(60000000, 'x' * 100) | length }}"],
    ['literals', `{{ '${'x'.repeat(200_000)}' }}`],
    ['open tags', '{{'.repeat(100_000)],
    ['open comments', '{#'.repeat(100_000)],
    ['open strings', `{{ ${"'".repeat(100_001)}`],
    ['white space', ' '.repeat(250_000)],
    ['white space before tags', `${' '.repeat(100_000)}{%${' '.repeat(100_000)}if 1 %}{% endif %}`],
    ['many lines with tags', `${'  \n'.repeat(30_000)}${'  {# #}'.repeat(10_000)}`],
  ])('%s: an end in two seconds, never a crash', (_, source) => {
    const { code, milliseconds } = outcome(source);
    expect(['template/invalid', 'template/failed', 'template/limit', 'undefined']).toContain(code);
    expect(milliseconds).toBeLessThan(2000);
  });

  it('deep data is printed or refused, never a crash', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 100_000; level++) deep = [deep];
    for (const source of ['{{ deep }}', '{{ deep | tojson }}', '{{ deep == deep2 }}', '{{ deep | string | length }}']) {
      expect(() =>
        new CompiledTemplate(source).render({ messages, deep, deep2: structuredCloneDeep(deep) }, []),
      ).toThrow(TunesmithError);
    }
  });

  it('memory stays bounded', () => {
    const before = process.memoryUsage().rss;
    outcome(
      `${big}{% set k = namespace(l=[]) %}{% for i in range(100000) %}{% set k.l = k.l + [(ns.t ~ i) | upper] %}{% endfor %}`,
    );
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(1024);
  });
});

/** A second list as deep, without recursion. */
function structuredCloneDeep(deep: unknown): unknown {
  let levels = 0;
  for (let at = deep; Array.isArray(at); at = at[0]) levels++;
  let copy: unknown = 'x';
  for (let level = 0; level < levels; level++) copy = [copy];
  return copy;
}
