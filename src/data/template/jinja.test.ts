/** The template engine: what it must share with transformers, the hooks into the package, and its limits. */
import { describe, expect, it } from 'vitest';
import { CompiledTemplate, hasGenerationTags } from './jinja';
import { freeAlphabet } from './marks';
import { floatText, strip } from './pythonText';
import { strftime } from './strftime';

const user = { role: 'user', content: 'a' };
const assistant = { role: 'assistant', content: 'b' };
const render = (
  source: string,
  variables: Record<string, unknown> = {},
  limits?: { blocks: number; outputUnits: number; milliseconds: number },
) => new CompiledTemplate(source, limits).render({ messages: [user, assistant], ...variables }, ['a', 'b']);

describe('turns and generations', () => {
  it('are recorded for loops over messages, slices and reversed lists', () => {
    expect(render('<{% for m in messages %}[{{ m.content }}]{% endfor %}>')).toEqual({
      text: '<[a][b]>',
      turns: [
        { message: 0, start: 1, end: 4 },
        { message: 1, start: 4, end: 7 },
      ],
      generations: [],
    });
    expect(render('{% set rest = messages[1:] %}{% for m in rest %}{{ m.content }}{% endfor %}').turns).toEqual([
      { message: 1, start: 0, end: 1 },
    ]);
    expect(
      render('{% for m in messages | reverse %}{{ m.content }}{% endfor %}').turns.map(({ message }) => message),
    ).toEqual([1, 0]);
    // A loop that prints nothing is no turn.
    expect(
      render(
        '{% for m in messages %}{% set x = m.role %}{% endfor %}{% for m in messages %}{{ m.content }}{% endfor %}',
      ).turns,
    ).toHaveLength(2);
  });

  it('treat white space around {% generation %} as around any block', () => {
    const loop = (body: string): string => `{%- for m in messages %}\n${body}\n{%- endfor %}`;
    const { text, generations } = render(
      loop('  {{- m.role }}\n  {%- generation %}\n  {{- m.content }}\n  {%- endgeneration %}'),
    );
    expect(text).toBe('useraassistantb');
    expect(generations.map(({ start, end }) => text.slice(start, end))).toEqual(['a', 'b']);
    expect(hasGenerationTags('{# {% generation %} #}x')).toBe(false);
    expect(hasGenerationTags('{%- generation -%}')).toBe(true);
  });

  it('leave texts alone that hold the usual mark characters', () => {
    const content = '\ufdd0\ufde0\ufdef\ue000 odd';
    const template = new CompiledTemplate(
      '{% for m in messages %}{% generation %}{{ m.content }}{% endgeneration %}{% endfor %}',
    );
    const { text, turns, generations } = template.render({ messages: [{ role: 'user', content }] }, [content]);
    expect(text).toBe(content);
    expect([turns[0], generations[0]]).toEqual([
      { message: 0, start: 0, end: content.length },
      { start: 0, end: content.length },
    ]);
    const everything = Array.from({ length: 0x1900 }, (_, index) => String.fromCharCode(0xe000 + index)).join('');
    expect(freeAlphabet([everything, '\ufdd0'])).toBeNull();
  });
});

describe('as in Python', () => {
  it('strip takes characters, and white space is Python’s', () => {
    expect(
      render("{{ '\\n\\n  x'.lstrip('\\n') }}|{{ 'xxaxx'.strip('x') }}|{{ ' a '.rstrip() }}|{{ ' b ' | trim }}").text,
    ).toBe('  x|a| a|b');
    expect(strip('\u0085\u001c a\ufeff', 'strip', null)).toBe('a\ufeff');
    expect(strip('👍a👍', 'strip', '👍')).toBe('a');
  });

  it('tojson is json.dumps(ensure_ascii=False) in the order of insertion', () => {
    const value = { b: [1, 2.5, true, null], a: { 'ü"<': 'é\n' }, e: 1e-7, l: [], o: {} };
    expect(render('{{ value | tojson }}', { value }).text).toBe(
      '{"b": [1, 2.5, true, null], "a": {"ü\\"<": "é\\n"}, "e": 1e-07, "l": [], "o": {}}',
    );
    expect(render('{{ value | tojson(indent=2) }}', { value: { a: [1], b: {} } }).text).toBe(
      '{\n  "a": [\n    1\n  ],\n  "b": {}\n}',
    );
    expect(
      render('{{ value | tojson(ensure_ascii=true, sort_keys=true, separators=(",", ":")) }}', {
        value: { b: 'é', a: 1 },
      }).text,
    ).toBe('{"a":1,"b":"\\u00e9"}');
    expect([1e16, 1e22, 1.5e-5, 123456.75, -0, 0.0001].map(floatText)).toEqual([
      '1e+16',
      '1e+22',
      '1.5e-05',
      '123456.75',
      '-0.0',
      '0.0001',
    ]);
  });

  it('dates are English, whatever the browser speaks', () => {
    const date = new Date(2026, 2, 5, 14, 7, 9);
    expect(strftime(date, '%d %b %Y, %A %B %-d %H:%M:%S %I %p %j %y %% %F')).toBe(
      '05 Mar 2026, Thursday March %-d 14:07:09 02 PM 064 26 % 2026-03-05',
    );
    expect(render("{{ strftime_now('%Y') }}").text).toBe(String(new Date().getFullYear()));
  });
});

describe('a template that goes wrong', () => {
  const codeOf = (run: () => unknown): string => {
    try {
      run();
    } catch (error) {
      return (error as { code: string }).code;
    }
    return 'none';
  };
  it('is named: unreadable, refused, failed', () => {
    expect(codeOf(() => new CompiledTemplate('{% if %}'))).toBe('template/invalid');
    expect(codeOf(() => render("{{ raise_exception('no') }}"))).toBe('template/refused');
    expect(codeOf(() => render('{{ 1 + nothing }}'))).toBe('template/failed');
  });
  it('is stopped: endless work, endless text', () => {
    const loops =
      '{% for i in range(20000) %}{% for j in range(20000) %}{% if i %}x{% endif %}{% endfor %}{% endfor %}';
    expect(codeOf(() => render(loops, {}, { blocks: 10_000, outputUnits: 1e9, milliseconds: 1e9 }))).toBe(
      'template/limit',
    );
    expect(codeOf(() => render(loops, {}, { blocks: 1e9, outputUnits: 1e9, milliseconds: 50 }))).toBe('template/limit');
    expect(
      codeOf(() =>
        render(
          '{% for i in range(100) %}{{ "x" }}{% endfor %}',
          {},
          { blocks: 1e9, outputUnits: 50, milliseconds: 1e9 },
        ),
      ),
    ).toBe('template/limit');
    expect(codeOf(() => render('{{ range(100000000) | length }}'))).toBe('template/limit');
  });
  it('reaches nothing of JavaScript', () => {
    expect(render("{{ messages.constructor }}{{ ''.__proto__ }}{{ messages[0].constructor }}").text).toBe('');
  });
});
