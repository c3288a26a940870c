/** None is a value, and not the same as nothing: texts as Jinja 3.1.6 renders them in its sandbox. */
import { expect, it } from 'vitest';
import { CompiledTemplate } from './jinja';

it.each([
  ['{% set ns = namespace(a=no) %}{{ ns.a }} {{ ns.a is none }} {{ ns.a is defined }}', 'None True True'],
  ['{% set ns = namespace() %}{% set ns.a = none %}{{ ns.a is not none }} {{ ns.b is defined }}', 'False False'],
  ['{% macro m(a, b=none) %}{{ b is none }} {{ b is defined }}{% endmacro %}{{ m(1) }}', 'True True'],
  ['{% macro m(a) %}{{ a is none }} {{ a is defined }}{% endmacro %}{{ m() }} {{ m(none) }}', 'False False True True'],
  ['{{ missing | default(none) is none }} {{ missing | default(none) }} {{ missing | default }}!', 'True None !'],
  ["{{ no | default('x') }} {{ no | default('x', true) }} {{ e | default(none, true) is none }}", 'None x True'],
  ["{{ {'b': none}.b }} {{ {'b': none}['b'] is none }} {{ {'b': none}.c is defined }}", 'None True False'],
  ["{{ 'x' | int(none) }} {{ 'x' | int }} {{ 'x' | float(none) }} {{ 'x' | float }}", 'None 0 None 0.0'],
  ["{{ 'x' | int(7) }} {{ 'x' | int(base=16) }}", '7 0'],
  ["{{ no | map(attribute='x') | list }} {{ no | map('upper') | list }}", '[] []'],
  ["{{ no | selectattr('x') | list }} {{ no | reject | list }}", '[] []'],
])('%s', (template, text) => {
  expect(new CompiledTemplate(template).render({ no: null, e: '' }, []).text).toBe(text);
});
