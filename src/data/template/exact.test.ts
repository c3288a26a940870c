import { describe, expect, it } from 'vitest';
import { exactOf, noteExact } from '../../formats/jsonl/exactJson';
import { CompiledTemplate } from './jinja';

const template = new CompiledTemplate('{{ value | tojson }}');
const dump = (text: string): string => {
  const value: unknown = JSON.parse(text);
  noteExact(text, value);
  return template.render({ messages: [], value }, []).text;
};

describe('tojson of a noted text', () => {
  // Right sides by Python 3.11: json.dumps(json.loads(left), ensure_ascii=False).
  it.each([
    ['{"b": 1.0, "10": 2, "2": [1.50, 1e3, -0.0, 5]}', '{"b": 1.0, "10": 2, "2": [1.5, 1000.0, -0.0, 5]}'],
    [
      '{"big": 123456789012345678901234567890, "f": 1e400, "x": {"1": {"0": 1E-7}}}',
      '{"big": 123456789012345678901234567890, "f": Infinity, "x": {"1": {"0": 1e-07}}}',
    ],
    ['{"a": 1.0, "a": 1}', '{"a": 1}'],
    ['[ 1.0 , "x,1.0]" , {"k\\"}": 2.0} ]', '[1.0, "x,1.0]", {"k\\"}": 2.0}]'],
    ['{"__proto__": 1.0}', '{"__proto__": 1.0}'],
  ])('%s', (text, expected) => {
    expect(dump(text)).toBe(expected);
  });

  it('notes nothing where nothing was lost', () => {
    const value: unknown = JSON.parse('{"a": [1, "1.0", {"b": true}]}');
    noteExact('{"a": [1, "1.0", {"b": true}]}', value);
    expect(exactOf(value as object)).toBeUndefined();
  });
});
