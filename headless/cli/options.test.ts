import { describe, expect, it } from 'vitest';
import { suiteNames } from '../../bench/options';
import { TunesmithError } from '../../src/lib/errors';
import { parseCommand, usage, verbs } from './options';

const parse = (line: string) => parseCommand(line.split(' '));

function refusal(line: string): { code: string; message: string } {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof TunesmithError) return error.toRecord();
    throw error;
  }
  throw new Error(`${line}: was accepted`);
}

describe('command line', () => {
  it('reads both spellings of an option, flags and numbers', () => {
    expect(parse('train --model builtin --data=a.jsonl --recipe r.json --out o --resume')).toEqual({
      verb: 'train',
      options: { model: 'builtin', data: 'a.jsonl', recipe: 'r.json', out: 'o', resume: true },
    });
    expect(
      parse('generate --model m --prompt Hi --temperature 0 --top-p .9 --top-k 0 --seed 7 --max-new-tokens 12'),
    ).toEqual({
      verb: 'generate',
      options: { model: 'm', prompt: 'Hi', temperature: 0, 'top-p': 0.9, 'top-k': 0, seed: 7, 'max-new-tokens': 12 },
    });
  });

  it('keeps values as they are: empty, with =, beginning with dashes', () => {
    expect(parseCommand(['generate', '--model', 'm', '--raw=--a=b'])).toMatchObject({ options: { raw: '--a=b' } });
    expect(parseCommand(['generate', '--model', 'm', '--prompt', ''])).toMatchObject({ options: { prompt: '' } });
  });

  it.each([
    ['frobnicate', 'options/unknown-verb', 'use one of inspect'],
    ['trian --model m', 'options/unknown-verb', 'did you mean train?'],
    ['inspect --modle m', 'options/unknown-option', 'did you mean --model?'],
    ['inspect --model m --data d', 'options/unknown-option', '--data: inspect has no such option'],
    ['inspect', 'options/missing-option', 'needs --model'],
    ['train --model m --data d', 'options/missing-option', 'needs --recipe, --out'],
    ['inspect --model', 'options/missing-value', '--model: needs a value'],
    ['inspect --model --backend wasm', 'options/missing-value', '--model: needs a value'],
    ['inspect --model m --model n', 'options/doubled-option', 'given twice'],
    ['inspect m', 'options/stray-word', 'm: options begin with --'],
    ['inspect --model m --backend cuda', 'options/bad-value', 'must be one of auto, webgpu, wasm, got cuda'],
    ['render --model m --data d --limit 0', 'options/bad-value', 'whole number from 1'],
    ['render --model m --data d --limit 1.5', 'options/bad-value', 'got 1.5'],
    ['render --model m --data d --limit 0x10', 'options/bad-value', 'got 0x10'],
    ['generate --model m --prompt a --temperature -1', 'options/bad-value', 'from 0'],
    ['generate --model m --prompt a --top-p 1.5', 'options/bad-value', 'got 1.5'],
    ['train --model m --data d --recipe r --out o --resume=yes', 'options/flag-value', 'takes no value'],
    ['generate --model m', 'options/exactly-one', '--prompt, --messages, --raw'],
    ['generate --model m --prompt a --raw b', 'options/exactly-one', 'exactly one'],
    ['export --model m --out o --format onnx', 'options/bad-value', 'peft, merged'],
    ['inspect --constructor m', 'options/unknown-option', '--constructor'],
  ])('refuses: %s', (line, code, message) => {
    expect(refusal(line).code).toBe(code);
    expect(refusal(line).message).toContain(message);
  });

  it('takes every suite of the benchmark', () => {
    for (const suite of suiteNames) expect(parse(`bench --suite ${suite}`)).toMatchObject({ options: { suite } });
  });

  it('refuses an empty command line', () => {
    expect(() => parseCommand([])).toThrow(/a verb is needed/);
  });

  it('gives help for every verb, naming each option', () => {
    expect(parse('--help')).toEqual({ help: null });
    expect(parse('score --help')).toEqual({ help: 'score' });
    for (const verb of Object.keys(verbs) as (keyof typeof verbs)[])
      for (const option of Object.keys(verbs[verb].options)) expect(usage(verb)).toContain(`--${option}`);
    expect(usage(null)).toContain('generate');
  });
});
