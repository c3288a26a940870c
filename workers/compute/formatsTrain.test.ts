import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openTokenizer } from '../../src/data/tokenizer/tokenizer';
import { createLora } from '../../src/engine/adapters/lora';
import { loadModel } from '../../src/engine/model/loadModel';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { scoreTable } from '../../src/engine/score/score';
import { tableOf, testRecipe } from '../../src/engine/testing/fixtures';
import { openWasmKernels } from '../../src/engine/testing/openWasmKernels';
import { collectRun } from '../../src/engine/testing/runs';
import type { ExampleTable } from '../../src/protocol/example';
import { openModelSource } from '../../src/storage/modelSource';
import { openWeights } from './modelFiles';

const root = new URL('../../public/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const json = (name: string): Record<string, unknown> =>
  JSON.parse(read(`models/builtin/${name}`)) as Record<string, unknown>;

/** The first rows of the sample facts as ChatML; what the assistant says is trained. */
function facts(rows: number): ExampleTable {
  const tokenizer = openTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
  const lines = read('samples/facts.jsonl').split('\n').slice(0, rows);
  return tableOf(
    lines.map((line, row) => {
      const { messages } = JSON.parse(line) as { messages: { role: string; content: string }[] };
      const pieces = messages.flatMap(({ role, content }) => [
        { ids: tokenizer.encode(`<|im_start|>${role}\n`).ids, trained: false },
        { ids: tokenizer.encode(`${content}<|im_end|>`).ids, trained: role === 'assistant' },
        { ids: tokenizer.encode('\n').ids, trained: false },
      ]);
      return {
        row,
        inputIds: Int32Array.from(pieces.flatMap(({ ids }) => [...ids])),
        labels: Int32Array.from(pieces.flatMap(({ ids, trained }) => [...ids].map((id) => (trained ? id : -100)))),
      };
    }),
  );
}

test('packed weights train: after twelve steps on the built-in model the loss is that of f32 within a tenth', async () => {
  const names = ['config.json', 'model.safetensors'];
  const files = names.map((name) => new File([readFileSync(new URL(`models/builtin/${name}`, root))], name));
  const weights = await openWeights(openModelSource({ kind: 'files', files, name: 'builtin' }), () => {});
  const kernels = await openWasmKernels();
  const table = facts(12);
  const recipe = testRecipe({
    max_steps: 12,
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 1,
    learning_rate: 2.5e-3,
    gradient_checkpointing: false,
  });
  const losses: Record<string, number[]> = {};
  for (const format of ['f32', 'int8', 'int4'] as const) {
    const model = await loadModel(kernels, parseModelConfig(json('config.json')), weights, { name: format, format });
    const lora = createLora(model, recipe.adapter, { seed: 42 });
    const before = await scoreTable(model, lora, table, { batchSize: 16 });
    await collectRun(model, lora, { recipe, train: table });
    const after = await scoreTable(model, lora, table, { batchSize: 16 });
    losses[format] = [before.loss, after.loss];
    lora.dispose();
    model.dispose();
  }
  if (process.env.TUNESMITH_DEBUG) process.stdout.write(`${JSON.stringify(losses)}\n`);
  const [start = NaN, end = NaN] = losses['f32'] ?? [];
  expect(end).toBeLessThan(0.5 * start);
  for (const format of ['int8', 'int4']) {
    const [first = NaN, last = NaN] = losses[format] ?? [];
    expect(Math.abs(first / start - 1), JSON.stringify(losses)).toBeLessThan(0.02);
    expect(Math.abs(last / end - 1), JSON.stringify(losses)).toBeLessThan(0.1);
  }
}, 120_000);
