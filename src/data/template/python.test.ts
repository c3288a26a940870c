/** Snippets against Jinja as transformers sets it up (fixtures: tools/fixtures/data/jinja_fixtures.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TunesmithError } from '../../lib/errors';
import { CompiledTemplate } from './jinja';

interface Snippet {
  template: string;
  text?: string;
  error?: string;
  kind?: 'syntax' | 'run';
  line?: number | null;
}
const { variables, snippets } = JSON.parse(readFileSync(new URL('./fixtures/jinja.json', import.meta.url), 'utf8')) as {
  variables: Record<string, unknown>;
  snippets: Snippet[];
};

const render = (template: string): string => new CompiledTemplate(template).render(variables, []).text;

describe('rule 14: as Python renders', () => {
  it.each(snippets.filter(({ text }) => text !== undefined))('$template', ({ template, text }) => {
    expect(render(template)).toBe(text);
  });
});

/** Where our line is another one, and better: the operand's own line; where the block that is never closed begins. */
const ownLines: Readonly<Record<string, number>> = {
  'line one\n{{ 1 +\n   missing2.x }}': 3,
  '{% if true %}\ntext': 1,
};

describe('rule 14: fails where Python fails, at its line', () => {
  it.each(snippets.filter(({ error }) => error !== undefined))('$template', ({ template, kind, line }) => {
    let caught: unknown;
    try {
      render(template);
    } catch (cause) {
      caught = cause;
    }
    expect(caught).toBeInstanceOf(TunesmithError);
    const { code, details } = caught as TunesmithError;
    // Python finds this only when it compiles the generated code.
    const isSyntax = kind === 'syntax' || template === '{% break %}';
    expect(code).toMatch(isSyntax ? /^template\/invalid$/ : /^template\/(failed|refused)$/);
    if (line !== null) expect(details.data?.['line']).toBe(ownLines[template] ?? line);
    expect(details.data?.['column']).toBeGreaterThan(0);
  });
});

it('covers at least 120 snippets', () => {
  expect(snippets.length).toBeGreaterThanOrEqual(120);
});
