/** Labels against TRL and transformers, token by token (fixtures: tools/fixtures/data/label_fixtures.py). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import { effectiveTemplate } from '../template/chatTemplate';
import { qwenTokenizer } from '../testing/qwen25';
import { labelRow, type LabelContext } from './labelRow';

interface Case {
  text: string;
  ids: number[];
  mask: string;
  /** What add_generation_prompt appends, or the whole prompt where it changes what stands before. */
  prompt: string;
  error?: string;
}
interface Fixture {
  conversations: Pick<Conversation, 'messages' | 'tools'>[];
  templates: { name: string; template: string; cases: Case[] }[];
}
const { conversations, templates } = JSON.parse(
  readFileSync(new URL('./fixtures/trl.json', import.meta.url), 'utf8'),
) as Fixture;
const tokenizer = qwenTokenizer();

describe.each(templates)('$name', ({ name, template: source, cases }) => {
  const chosen = effectiveTemplate({ source, variables: tokenizer.variables, span: 'trl', origin: 'test' });
  const context: LabelContext = {
    template: chosen.template,
    tokenizer,
    specialIds: new Set(tokenizer.addedTokens.map(({ id }) => id)),
    rule: { kind: 'generation' },
    trainOn: 'all_assistant',
    maxLength: 1_000_000,
    truncation: 'keep_start',
  };

  it('is recognised by its stock template', () => {
    expect(chosen).toMatchObject({ family: name, usesTrainingTemplate: true });
  });

  it.each(cases.map((expected, index) => ({ index, expected })))('conversation $index', ({ index, expected }) => {
    const conversation: Conversation = {
      ...(conversations[index] ?? { messages: [] }),
      meta: { row: index, line: index + 1 },
    };
    if (expected.error !== undefined) {
      expect(() => labelRow(conversation, context)).toThrow();
      return;
    }
    const row = labelRow(conversation, context);
    expect(row.text).toBe(expected.text);
    expect(row.ids).toEqual(expected.ids);
    const mask = row.labels.map((label) => (label === ignoreLabel ? '0' : '1')).join('');
    expect(mask).toBe(expected.mask);
    row.labels.forEach((label, at) => expect(label === ignoreLabel || label === row.ids[at]).toBe(true));
    const prompt = chosen.template.render(conversation, { addGenerationPrompt: true }).text;
    expect(prompt === expected.prompt || prompt === expected.text + expected.prompt).toBe(true);
  });
});
