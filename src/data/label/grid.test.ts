/** Ids and labels against TRL and transformers, token by token (fixtures: tools/fixtures/data/grid.py, which says how they are made). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../lib/sha256Stream';
import type { Conversation, Message } from '../../protocol/conversation';
import { ignoreLabel } from '../../protocol/example';
import { recipeSchema, type RecipeInput } from '../../recipe/schema';
import { openModelContext, openRunContext, type ModelContext, type RunContext } from '../session/modelContext';
import { recogniseFamily } from '../template/families';
import { readQwenFile } from '../testing/qwen25';
import { stockTemplate } from '../testing/stockTemplates';
import { labelRow } from './labelRow';

interface Cell {
  refused?: string;
  ids?: number[];
  hash?: string;
  textHash: string;
  /** Lengths of masked, trained, masked, … runs. */
  all: number[];
  last: number[];
  pc: { runs: number[]; ids?: number[]; hash?: string } | null;
}
interface Grid {
  words: string[];
  conversations: Record<string, Pick<Conversation, 'messages' | 'tools'> & { long?: [number, number][] }>;
  templates: {
    name: string;
    family: string;
    tokenizer: string;
    variables: Record<string, unknown>;
    cells: Record<string, Cell>;
  }[];
}

const folder = new URL('./fixtures/grid/', import.meta.url);
const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
const grid = read('grid.json') as Grid;

const files = (name: string): { tokenizerJson: unknown; tokenizerConfigJson: unknown } => {
  if (name === 'qwen') {
    return {
      tokenizerJson: readQwenFile('tokenizer.json'),
      tokenizerConfigJson: readQwenFile('tokenizer_config.json'),
    };
  }
  const { specials, tokenizer } = read(`${name}.tokenizer.json`) as { specials: unknown; tokenizer: unknown };
  return { tokenizerJson: tokenizer, tokenizerConfigJson: specials };
};
const opened = new Map<string, ModelContext>();
function modelOf(tokenizer: string, family: string): ModelContext {
  const known = opened.get(tokenizer) ?? openModelContext({ ...files(tokenizer), chatTemplateJinja: null });
  opened.set(tokenizer, known);
  return { ...known, chatTemplate: stockTemplate(family) };
}

/** The script's text of so many words: Lehmer's generator. */
function words(count: number, seed: number): string {
  let state = seed;
  const chosen: string[] = [];
  for (let index = 0; index < count; index++) {
    state = (state * 16807) % 2147483647;
    chosen.push(
      (grid.words[state % grid.words.length] ?? '') + (state % 23 === 0 ? '\n' : state % 29 === 0 ? '  ' : ''),
    );
  }
  return chosen.join(' ');
}
function conversationOf(title: string): Conversation {
  const { messages = [], tools, long } = grid.conversations[title] ?? { messages: [] };
  const spoken: Message[] = (long ?? []).map(([count, seed], index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content: words(count, seed),
  }));
  return { messages: long ? spoken : messages, ...(tools ? { tools } : {}), meta: { row: 0, line: 1 } };
}

const runsOf = (labels: number[]): number[] => {
  const runs = [0];
  labels.forEach((label) => {
    if ((label !== ignoreLabel) !== (runs.length % 2 === 0)) runs.push(0);
    runs[runs.length - 1] = (runs.at(-1) ?? 0) + 1;
  });
  return runs;
};
const hashOf = (ids: number[]): string => sha256Hex(new Uint8Array(Int32Array.from(ids).buffer));
const isSame = (ids: number[], expected: { ids?: number[]; hash?: string }): void => {
  if (expected.ids) expect(ids).toEqual(expected.ids);
  else expect(hashOf(ids)).toBe(expected.hash);
};

describe.each(grid.templates)('$name', ({ family, tokenizer, variables, cells }) => {
  const model = modelOf(tokenizer, family);
  const enable_thinking = variables['enable_thinking'] === true;
  const contextOf = (loss: RecipeInput['loss']): RunContext =>
    openRunContext(
      model,
      recipeSchema.parse({ template: { enable_thinking }, loss, training: { max_length: 1_000_000 } }),
    );
  const all = contextOf({});
  const last = contextOf({ train_on: 'last_assistant' });

  it('rule 6: is recognised, and TRL\u2019s (or our) training template takes its place', () => {
    expect(all.template).toMatchObject({ family, usesTrainingTemplate: true });
  });

  it.each(Object.entries(cells))('%s', (title, cell) => {
    const conversation = conversationOf(title);
    if (cell.refused !== undefined) {
      expect(() => labelRow(conversation, all.label)).toThrow();
      return;
    }
    const row = labelRow(conversation, all.label);
    expect(sha256Hex(new TextEncoder().encode(row.text)).slice(0, 16)).toBe(cell.textHash);
    isSame(row.ids, cell);
    expect(runsOf(row.labels)).toEqual(cell.all);
    expect(runsOf(labelRow(conversation, last.label).labels)).toEqual(cell.last);
  });

  const completions = Object.entries(cells).filter(([, { pc }]) => pc !== undefined && pc !== null);
  it.each(completions)('%s as prompt and completion', (title, cell) => {
    const conversation = conversationOf(title);
    // All after the last generation prompt: what TRL takes for the completion.
    const { template } = contextOf({ span: 'content' }).template;
    const prompt = { ...conversation, messages: conversation.messages.slice(0, -1) };
    const without = template.render(prompt).text;
    const withPrompt = template.render(prompt, { addGenerationPrompt: true }).text;
    const added = withPrompt.startsWith(without) ? withPrompt.slice(without.length) : '';
    const afterTool = family === 'mistral-v0.3' && prompt.messages.at(-1)?.role === 'tool';
    const response_template = afterTool
      ? '[/TOOL_RESULTS]'
      : added || (recogniseFamily(template.source, model.tokenizer.variables)?.answerHeader ?? '');
    const row = labelRow(conversation, contextOf({ span: 'response_template', response_template }).label);
    isSame(row.ids, cell.pc?.ids || cell.pc?.hash ? cell.pc : cell);
    expect(runsOf(row.labels)).toEqual(cell.pc?.runs);
  });
});

it('covers the grid', () => {
  const all = grid.templates.flatMap(({ cells }) => Object.values(cells));
  expect(all.length).toBeGreaterThanOrEqual(13 * 23);
  expect(all.filter(({ pc }) => pc).length).toBeGreaterThan(200);
  const { messages } = conversationOf('20,000 characters');
  expect(
    messages.reduce((sum, { content }) => sum + (typeof content === 'string' ? content.length : 0), 0),
  ).toBeGreaterThan(20_000);
});
