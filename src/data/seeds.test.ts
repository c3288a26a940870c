/** Faults of the seeds (anchors.md, "Seeds"), one test each: they do not happen here. */
import { describe, expect, it } from 'vitest';
import { buildBatch } from '../engine/batch/buildBatch';
import { epochOrder } from '../engine/train/plan';
import type { Message } from '../protocol/conversation';
import { ignoreLabel, type Example } from '../protocol/example';
import { recipeSchema, templatePresets, type RecipeInput } from '../recipe/schema';
import { labelRow, type LabelledRow } from './label/labelRow';
import { renderPrompt } from './prompt/renderPrompt';
import { DataSession } from './session/dataSession';
import { splitRows } from './split/split';
import { conversation, qwenContext, talk } from './testing/contexts';
import { readQwenFile } from './testing/qwen25';

const label = (messages: Message[], recipe: RecipeInput = {}): LabelledRow =>
  labelRow(conversation(...messages), qwenContext(recipe).label);
const exampleOf = (row: number, { ids, labels }: LabelledRow): Example => ({
  row,
  inputIds: Int32Array.from(ids),
  labels: Int32Array.from(labels),
});
const rowsFile = (rows: unknown[]): File =>
  new File([rows.map((row) => `${JSON.stringify(row)}\n`).join('')], 'rows.jsonl');

async function open(file: File, recipe: RecipeInput): Promise<DataSession> {
  const session = new DataSession({
    readModel: () =>
      Promise.resolve({
        tokenizerJson: readQwenFile('tokenizer.json'),
        tokenizerConfigJson: readQwenFile('tokenizer_config.json'),
        chatTemplateJinja: null,
      }),
  });
  await session.openModel({ kind: 'files', files: [], name: 'qwen2.5' });
  await session.openDataset(file, recipeSchema.parse(recipe), () => undefined);
  return session;
}

describe('training-wizard', () => {
  it('left padding shifts its labels: here rows of different lengths keep each label on its own token', () => {
    const rows = [talk('Hi.', 'Hello!'), talk('Count.', 'One, two, three, four, five, six.'), talk('Why?', 'So.')].map(
      (messages) => label(messages),
    );
    const { tokenizer } = qwenContext().model;
    const padId = 151643;
    const batch = buildBatch(
      rows.map((row, index) => exampleOf(index, row)),
      tokenizer.vocabSize,
    );
    // No padding at all: the batch is the rows' own tokens, end to end.
    const ids = [...batch.ids.subarray(0, batch.tokens)];
    expect(ids).toEqual(rows.flatMap((row) => row.ids));
    expect(ids).not.toContain(padId);
    const learned = rows.map(() => [] as number[]);
    for (let index = 0; index < batch.supervised; index++) {
      const at = batch.targetRows[index] ?? -1;
      const target = batch.targets[index] ?? -1;
      // Position t learns the token that stands right after it, in the same row.
      expect(target).toBe(batch.ids[at + 1]);
      expect(batch.positions[at + 1]).toBe((batch.positions[at] ?? 0) + 1);
      learned[batch.exampleOf[index] ?? -1]?.push(target);
    }
    expect(learned.map((targets) => tokenizer.decode(targets))).toEqual(
      ['Hello!', 'One, two, three, four, five, six.', 'So.'].map((answer) => `\n${answer}<|im_end|>\n`),
    );
  });

  it('shuffle never applied: here it decides the split and each epoch’s order, and false means the file’s order', () => {
    const inOrder = Array.from({ length: 50 }, (_, index) => index);
    const recipe = (shuffle: boolean) => recipeSchema.parse({ dataset: { shuffle, validation: 10 } });
    const [first, second] = [epochOrder(50, 0, recipe(true)), epochOrder(50, 1, recipe(true))];
    for (const order of [first, second]) {
      expect([...order]).not.toEqual(inOrder);
      expect([...order].sort((one, other) => one - other)).toEqual(inOrder);
    }
    expect([...first]).not.toEqual([...second]);
    expect([...epochOrder(50, 0, recipe(false))]).toEqual(inOrder);
    expect([...splitRows(50, recipe(true).dataset, 42).validation]).not.toEqual(inOrder.slice(40));
    expect([...splitRows(50, recipe(false).dataset, 42).validation]).toEqual(inOrder.slice(40));
  });

  it('only row 0 validated: here every row is judged, however late it stands', async () => {
    const rows = Array.from({ length: 450 }, (_, row): unknown => {
      if (row === 217) return { messages: [{ role: 'user' }] };
      if (row === 449) return { messages: [...talk('Q', 'A'), { role: 'wizard', content: 'x' }] };
      return { messages: talk(`Question ${row}?`, `Answer ${row}.`) };
    });
    const session = await open(rowsFile(rows), { dataset: { max_rows_in_error: 2 } });
    const [early, late] = [await session.rows(217, 1), await session.rows(449, 1)];
    expect(early).toMatchObject([{ ok: false, line: 218, error: { code: 'data/missing-content' } }]);
    expect(late).toMatchObject([
      { ok: false, line: 450, error: { code: 'data/unknown-role', path: 'messages[2].role' } },
    ]);
    const used = await session.examples('all');
    expect(used.rows).toHaveLength(448);
    expect([...used.rows]).not.toContain(449);
  });

  it('truncation can leave no label: here such a row is named, counted and left out', async () => {
    const lost = label(talk('long '.repeat(200), 'Lost.'), { training: { max_length: 64, truncation: 'keep_start' } });
    expect(lost).toMatchObject({ fit: 'nothing_left', truncated: true });
    expect(lost.labels.every((id) => id === ignoreLabel)).toBe(true);
    expect(lost.warnings.map(({ code }) => code)).toContain('data/nothing-left');

    const rows = [{ messages: talk('Hi.', 'Hello!') }, { messages: talk('long '.repeat(200), 'Lost.') }];
    const recipe: RecipeInput = { dataset: { validation: 0 }, training: { max_length: 64, truncation: 'keep_start' } };
    const session = await open(rowsFile(rows), recipe);
    const used = await session.examples('all');
    expect([...used.rows]).toEqual([0]);
    expect(used.labels.some((id) => id !== ignoreLabel)).toBe(true);
    expect(await session.rows(1, 1)).toMatchObject([
      { ok: true, fit: 'nothing_left', warnings: [{ code: 'data/nothing-left' }] },
    ]);
  });
});

describe('Modalities', () => {
  const tools = [
    {
      type: 'function',
      function: { name: 'clock', description: 'Tells the time.', parameters: { type: 'object', properties: {} } },
    },
  ];
  const system: Message = { role: 'system', content: 'Be brief.' };
  const turns = talk('Who is it?', 'Ann.', 'Since when?', 'Since noon.');
  const templates: RecipeInput['template'][] = [
    {},
    ...templatePresets.map((preset) => ({ source: 'preset' as const, preset })),
  ];

  it.each(templates)(
    'inference renders another prompt than training did: here chat sends the beginning of the row, %j',
    (template) => {
      for (const system_prompt of [null, 'Be brief.']) {
        const context = qwenContext({ template, dataset: { system_prompt } });
        const messages = system_prompt === null ? turns : [system, ...turns];
        const row = labelRow(conversation(...messages), context.label);
        for (const asked of [1, 3]) {
          // Chat holds the turns so far; the system prompt comes with the recipe.
          const prompt = renderPrompt(turns.slice(0, asked), context);
          expect(row.text.startsWith(prompt.text)).toBe(true);
          const answer = asked === 1 ? 'Ann.' : 'Since noon.';
          expect(row.text.slice(prompt.text.length).trimStart().startsWith(answer)).toBe(true);
        }
      }
    },
  );

  it('inference renders another prompt than training did: here the ids are the same too, tools included', () => {
    const context = qwenContext();
    for (const more of [{}, { tools }]) {
      const row = labelRow({ ...conversation(system, ...turns), ...more }, context.label);
      const prompt = renderPrompt([system, ...turns.slice(0, 3)], context, 'tools' in more ? more.tools : undefined);
      expect(row.ids.slice(0, prompt.inputIds.length)).toEqual(prompt.inputIds);
      expect(row.ids.length).toBeGreaterThan(prompt.inputIds.length);
    }
  });
});
