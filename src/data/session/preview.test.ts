/** What is shown is what is trained: the highlighted text, and the arrays of the first batches of a run. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildBatch, exampleAt } from '../../engine/batch/buildBatch';
import { epochOrder, planRun, stepWindow } from '../../engine/train/plan';
import { ignoreLabel } from '../../protocol/example';
import type { UsableRow } from '../../protocol/rows';
import { recipeSchema, templatePresets, type RecipeInput } from '../../recipe/schema';
import { tokenCells } from '../../state/tokens';
import { qwenContext } from '../testing/contexts';
import { jsonLines, openData } from '../testing/openData';
import type { Dataset } from './dataset';

const usableRows = async (dataset: Dataset): Promise<UsableRow[]> =>
  (await dataset.rows(0, dataset.summary.rows)).filter((row): row is UsableRow => row.ok);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom(
    '<|im_end|>',
    ' <think>x</think>y',
    '  ',
    '\n\n',
    "it's 12,345",
    'e\u0301 👍🏽 你好',
    '{{ x }}',
    '[INST]',
  ),
);
const answer = text.map((content) => ({ role: 'assistant', content }));
const question = text.map((content) => ({ role: 'user', content }));
const weighted = fc.record({
  role: fc.constant('assistant'),
  content: text,
  weight: fc.constantFrom(0, 1),
});
const conversation = fc
  .tuple(
    fc.array(fc.tuple(question, fc.oneof({ weight: 4, arbitrary: answer }, weighted)), { minLength: 1, maxLength: 3 }),
    fc.option(text),
  )
  .map(([turns, system]) => ({
    messages: [...(system === null ? [] : [{ role: 'system', content: system }]), ...turns.flat()],
  }));

/** Loops over messages in every way that people write. */
const customTemplate = fc
  .record({
    before: fc.constantFrom('', '<|im_start|>', '### ', '\n\n'),
    after: fc.constantFrom('', ':', '\n', ': '),
    end: fc.constantFrom('', '\n', '<|im_end|>', '<|im_end|>\n', '{{ eos_token }}'),
    trim: fc.constantFrom('', ' | trim'),
    inside: fc.boolean(),
  })
  .map(({ before, after, end, trim, inside }) => {
    const content = `{{ m.content${trim} }}`;
    const marked = inside
      ? `{% generation %}${content}${end}{% endgeneration %}`
      : `{% generation %}${content}{% endgeneration %}${end}`;
    return `{% for m in messages %}${before}{{ m.role }}${after}{% if m.role == 'assistant' %}${marked}{% else %}${content}${end}{% endif %}{% endfor %}`;
  });
const template: fc.Arbitrary<RecipeInput['template']> = fc.oneof(
  fc.constant({ source: 'model' as const }),
  fc.constantFrom(...templatePresets).map((preset) => ({ source: 'preset' as const, preset })),
  customTemplate.map((source) => ({ source: 'custom' as const, text: source })),
);
const loss: fc.Arbitrary<RecipeInput['loss']> = fc.record({
  span: fc.constantFrom('trl', 'content'),
  train_on: fc.constantFrom('all_assistant', 'last_assistant', 'all'),
});
const truncation = fc.record({
  max_length: fc.constantFrom(1024, 40, 16),
  truncation: fc.constantFrom('drop_oldest_turns', 'keep_start', 'keep_end'),
});

describe('for random conversations, templates, span rules and lengths', () => {
  it('rule 2: the highlighted text is exactly the decoded trained tokens', async () => {
    const { tokenizer } = qwenContext().model;
    let trainedRuns = 0;
    let cutRuns = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(conversation, { minLength: 1, maxLength: 4 }),
        template,
        loss,
        truncation,
        async (rows, template, loss, training) => {
          const recipe: RecipeInput = { template, loss, training, dataset: { validation: 0, max_rows_in_error: 9 } };
          for (const row of await usableRows(await openData(jsonLines(...rows), recipe))) {
            const cells = tokenCells(row, new Set());
            expect(cells.map((cell) => cell.text).join('')).toBe(row.text);
            expect(cells.map((cell) => cell.trained)).toEqual(row.labels.map((label) => label !== ignoreLabel));
            for (const { shown, ids } of runs(row, cells)) {
              trainedRuns++;
              // Qwen's tokenizer composes characters (NFC); a run that a cut or a mask begins inside a character has U+FFFD.
              const decoded = tokenizer.decode(ids);
              if (decoded.includes('\ufffd') && !shown.includes('\ufffd')) cutRuns++;
              else expect(decoded).toBe(shown.normalize('NFC'));
            }
          }
        },
      ),
      { numRuns: 60 },
    );
    expect(trainedRuns).toBeGreaterThan(50);
    expect(cutRuns).toBeLessThan(trainedRuns / 3);
  });
});

function runs(row: UsableRow, cells: ReturnType<typeof tokenCells>): { shown: string; ids: number[] }[] {
  const found: { shown: string; ids: number[] }[] = [];
  let open = false;
  for (const { index, trained, text } of cells) {
    if (trained && !open) found.push({ shown: '', ids: [] });
    const last = found.at(-1);
    if (trained && last) {
      last.shown += text;
      last.ids.push(row.inputIds[index] ?? -1);
    }
    open = trained;
  }
  return found;
}

describe('a run', () => {
  it.each([{}, { shuffle: false }])('rule 1: begins with the very arrays that are shown: %o', async (dataset) => {
    const rows = Array.from({ length: 30 }, (_, index) => ({
      messages: [
        { role: 'user', content: `question ${index} ${'long '.repeat(index)}` },
        { role: 'assistant', content: `answer ${index}` },
      ],
    }));
    const recipe = recipeSchema.parse({
      dataset: { validation: 5, ...dataset },
      training: { per_device_train_batch_size: 2, gradient_accumulation_steps: 2 },
    });
    const data = await openData(jsonLines(...rows), recipe);
    const views = await usableRows(data);
    const table = data.table(data.split.train);
    const plan = planRun(table, recipe);
    const order = epochOrder(plan.units, 0, recipe);
    let compared = 0;
    for (const step of [0, 1, 2])
      for (const window of stepWindow(plan, step, order)) {
        const examples = Array.from(window, (index) => exampleAt(table, index));
        const batch = buildBatch(examples, 200_000);
        const shown = batch.rows.map((row) => views.find((view) => view.row === row));
        expect([...batch.ids.subarray(0, batch.tokens)]).toEqual(shown.flatMap((view) => view?.inputIds ?? []));
        // Position t learns the label of t + 1.
        const learned = shown.flatMap((view) => view?.labels.slice(1).filter((label) => label !== ignoreLabel) ?? []);
        expect([...batch.targets.subarray(0, batch.supervised)]).toEqual(learned);
        expect(shown.every((view) => view?.split === 'train')).toBe(true);
        compared += examples.length;
      }
    expect(compared).toBeGreaterThanOrEqual(10);
  });
});
