import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { defaultRecipe, recipeSchema, type RecipeInput } from '../../recipe/schema';
import { ignoreLabel } from '../../protocol/example';
import type { ModelSource } from '../../protocol/model';
import type { UsableRow } from '../../protocol/rows';
import { readQwenFile } from '../testing/qwen25';
import { processHere } from './blockProcessor';
import { DataSession, type DataShell } from './dataSession';
import type { CachedRows, TokenCache } from './tokenCache';

const publicFile = (path: string): string => readFileSync(new URL(`../../../public/${path}`, import.meta.url), 'utf8');
const qwen: ModelSource = { kind: 'files', files: [], name: 'qwen2.5' };
const builtin: ModelSource = { kind: 'files', files: [], name: 'builtin' };
const nothing = (): void => undefined;
const recipe = (input: RecipeInput = {}): ReturnType<typeof defaultRecipe> => recipeSchema.parse(input);
const jsonl = (rows: unknown[], name = 'rows.jsonl'): File =>
  new File([rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')], name);
const turn = (role: string, content: unknown, more: object = {}): object => ({ role, content, ...more });

function session(shell: Partial<DataShell> = {}): DataSession {
  return new DataSession({
    ...shell,
    readModel: (source) =>
      Promise.resolve(
        source.name === 'builtin'
          ? {
              tokenizerJson: JSON.parse(publicFile('models/builtin/tokenizer.json')) as unknown,
              tokenizerConfigJson: JSON.parse(publicFile('models/builtin/tokenizer_config.json')) as unknown,
              chatTemplateJinja: null,
            }
          : {
              tokenizerJson: readQwenFile('tokenizer.json'),
              tokenizerConfigJson: readQwenFile('tokenizer_config.json'),
              chatTemplateJinja: null,
            },
      ),
  });
}

const usable = (row: unknown): UsableRow => {
  expect((row as { ok: boolean }).ok).toBe(true);
  return row as UsableRow;
};
/** The text of each run of trained tokens. */
function trainedTexts({ text, labels, offsets }: UsableRow): string[] {
  const texts: string[] = [];
  let start = -1;
  labels.forEach((label, index) => {
    const from = offsets[index * 2] ?? 0;
    if (label !== ignoreLabel && start < 0) start = from;
    const isLast = index === labels.length - 1 || labels[index + 1] === ignoreLabel;
    if (label !== ignoreLabel && isLast) {
      texts.push(text.slice(start, offsets[index * 2 + 1]));
      start = -1;
    }
  });
  return texts;
}

describe('the built-in sample', () => {
  it('opens, labels and splits', async () => {
    const data = session();
    const facts = await data.openModel(builtin);
    expect(facts).toMatchObject({ hasChatTemplate: true, templateFamily: 'chatml', eosToken: '<|im_end|>' });
    const file = new File([publicFile('samples/facts.jsonl')], 'facts.jsonl');
    const summary = await data.openDataset(file, defaultRecipe(), nothing);
    expect(summary.brokenRows).toBe(0);
    expect(summary.blocker).toBeNull();
    expect(summary.rows).toBeGreaterThan(50);
    expect(summary.trainRows + summary.validationRows).toBe(summary.rows);
    const [first] = await data.rows(0, 1);
    const row = usable(first);
    expect(trainedTexts(row)).toEqual(['\n' + /assistant\n(.*)<\|im_end\|>\n$/.exec(row.text)?.[1] + '<|im_end|>\n']);
    const table = await data.examples('train');
    expect(table.rows.length).toBe(summary.trainRows);
    const prompts = await data.samplePrompts(3);
    expect(prompts).toHaveLength(3);
    expect(prompts.every(({ promptIds, expected }) => promptIds.length > 3 && expected.length > 0)).toBe(true);
  });
});

describe('a Qwen2.5 data set', () => {
  it('trains what TRL trains, and shows the very arrays that are trained on', async () => {
    const data = session();
    await data.openModel(qwen);
    const rows = [
      {
        messages: [
          turn('user', 'Hi'),
          turn('assistant', 'Hello 👍🏽 e\u0301'),
          turn('user', 'more'),
          turn('assistant', 'ok'),
        ],
      },
      '{"messages": [}',
      {
        messages: [
          turn('system', 'Be brief.'),
          turn('user', 'x'),
          turn('assistant', 'masked', { weight: 0 }),
          turn('user', 'y'),
          turn('assistant', 'seen'),
        ],
      },
    ];
    const summary = await data.openDataset(jsonl(rows), recipe({ dataset: { validation: 0 } }), nothing);
    expect(summary).toMatchObject({
      rows: 3,
      usableRows: 2,
      brokenRows: 1,
      trainRows: 2,
      validationRows: 0,
      format: 'messages',
    });
    expect(summary.blocker?.code).toBe('data/rows-in-error');
    const views = await data.rows(0, 10);
    expect(trainedTexts(usable(views[0]))).toEqual(['\nHello 👍🏽 e\u0301<|im_end|>\n', '\nok<|im_end|>\n']);
    expect(views[1]).toMatchObject({
      ok: false,
      line: 2,
      error: { code: 'data/invalid-json', data: { line: 2, column: 15 } },
    });
    expect(trainedTexts(usable(views[2]))).toEqual(['\nseen<|im_end|>\n']);
    const table = await data.examples('all');
    expect([...table.rows]).toEqual([0, 2]);
    [views[0], views[2]].forEach((view, index) => {
      const row = usable(view);
      expect([...table.inputIds.slice(table.offsets[index], table.offsets[index + 1])]).toEqual(row.inputIds);
      expect([...table.labels.slice(table.offsets[index], table.offsets[index + 1])]).toEqual(row.labels);
    });
  });

  it('renders a prompt as training saw it', async () => {
    const data = session();
    await data.openModel(qwen);
    const messages = [{ role: 'user', content: 'Hi' }];
    const prompt = await data.renderPrompt(messages, defaultRecipe());
    expect(prompt.text).toMatch(/^<\|im_start\|>system\nYou are Qwen[^]*<\|im_start\|>assistant\n$/);
    const own = await data.renderPrompt(messages, recipe({ dataset: { system_prompt: 'Short.' } }));
    expect(own.text).toMatch(/^<\|im_start\|>system\nShort\.<\|im_end\|>\n/);
    expect(own.specialIds).toEqual([151644, 151645]);
  });
});

it('another split is made of the same arrays: nothing is tokenized again, and edits stay', async () => {
  let prepared = 0;
  const data = session({
    openProcessor: (plan, context, sizeBytes) => {
      prepared += 1;
      return processHere(plan, context, sizeBytes);
    },
  });
  await data.openModel(builtin);
  const talk = (at: number): object => ({
    messages: [turn('user', `Question ${at}?`), turn('assistant', `It is ${at}.`)],
  });
  const all = recipe({ dataset: { validation: 0 } });
  await data.openDataset(jsonl(Array.from({ length: 40 }, (_, at) => talk(at))), all, nothing);
  await data.setEdits([{ kind: 'length', min: null, max: 1000 }]);
  const before = await data.examples('all');
  const split = recipe({ dataset: { validation: 0.1 } });
  expect(await data.relabel(split, nothing)).toMatchObject({ trainRows: 36, validationRows: 4, usableRows: 40 });
  expect(prepared).toBe(1);
  expect(await data.examples('all')).toEqual(before);
  expect([...(await data.examples('validation')).rows]).toEqual(await data.rowsWhere('validation', 0, 40));
  // What the arrays do depend on is made anew.
  await data.relabel({ ...split, training: { ...split.training, max_length: 8 } }, nothing);
  expect(prepared).toBe(2);
});

it('large files\u2019 arrays are kept: those of a new reading at once, those of a relabelling when they have stood', async () => {
  const kept = new Map<string, CachedRows>();
  let saves = 0;
  const cache: TokenCache = {
    load: (size, key) => Promise.resolve(kept.get(`${size} ${key}`) ?? null),
    save: (size, key, rows) => {
      saves++;
      kept.set(`${size} ${key}`, rows);
      return Promise.resolve();
    },
  };
  const file = jsonl(
    Array.from({ length: 30 }, (_, at) => ({
      messages: [turn('user', `${at} ${'and so on '.repeat(4000)}`), turn('assistant', 'yes')],
    })),
  );
  const data = session({ cache, keepAfterMs: 0 });
  await data.openModel(builtin);
  const short = recipe({ training: { max_length: 64 } });
  expect(await data.openDataset(file, short, nothing)).toMatchObject({ fromCache: false });
  expect(saves).toBe(1);
  const shorter = recipe({ training: { max_length: 32 } });
  await data.relabel(shorter, nothing);
  await vi.waitFor(() => expect(saves).toBe(2));
  const before = await data.examples('all');
  // Another split needs no other arrays.
  await data.relabel({ ...shorter, dataset: { ...shorter.dataset, validation: 0 } }, nothing);
  const later = session({ cache });
  await later.openModel(builtin);
  expect(await later.openDataset(file, shorter, nothing)).toMatchObject({ fromCache: true });
  expect(await later.examples('all')).toEqual(before);
  expect(saves).toBe(2);
});

it('of duplicates the first that can be trained stays', async () => {
  const data = session();
  await data.openModel(qwen);
  const file = jsonl([
    { messages: [turn('user', 'q'), turn('assistant', 'a', { weight: 0 })] },
    { messages: [turn('user', 'q'), turn('assistant', 'a')] },
    { messages: [turn('user', 'q'), turn('assistant', 'a')] },
  ]);
  await data.openDataset(file, recipe({ dataset: { validation: 0, drop_duplicates: true } }), nothing);
  expect([...(await data.examples('train')).rows]).toEqual([1]);
});

it('a template that writes the date: another split on the next day goes with arrays of that day', async () => {
  const text =
    "{{ strftime_now('%d %b') }}{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}";
  const seeded = (seed: number): ReturnType<typeof recipe> =>
    recipe({ dataset: { validation: 0 }, training: { seed }, template: { source: 'custom', text } });
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    vi.setSystemTime(new Date(2026, 0, 1, 23, 59));
    const data = session();
    await data.openModel(qwen);
    await data.openDataset(jsonl([{ messages: [turn('user', 'q'), turn('assistant', 'a')] }]), seeded(1), nothing);
    vi.setSystemTime(new Date(2026, 0, 2, 0, 1));
    expect(usable((await data.rows(0, 1))[0]).text).toBe('01 Janqa');
    await data.relabel(seeded(2), nothing);
    expect(usable((await data.rows(0, 1))[0]).text).toBe('02 Janqa');
  } finally {
    vi.useRealTimers();
  }
});
