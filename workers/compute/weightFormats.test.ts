import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openTokenizer } from '../../src/data/tokenizer/tokenizer';
import { loadModel } from '../../src/engine/model/loadModel';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { scoreTable } from '../../src/engine/score/score';
import { openWasmKernels } from '../../src/engine/testing/openWasmKernels';
import type { WeightFormat } from '../../src/kernels/weights/weight';
import type { ExampleTable } from '../../src/protocol/example';
import { openModelSource } from '../../src/storage/modelSource';
import { openWeights } from './modelFiles';

const root = new URL('../../public/models/builtin/', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const json = (name: string): Record<string, unknown> => JSON.parse(read(name)) as Record<string, unknown>;

/** Held-out conversations of the built-in model as ChatML; what the assistant says is taught. */
function heldOut(rows: number): ExampleTable {
  const tokenizer = openTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
  const ids: number[] = [];
  const labels: number[] = [];
  const offsets = [0];
  const add = (text: string, taught: boolean): void => {
    const encoded = [...tokenizer.encode(text).ids];
    ids.push(...encoded);
    labels.push(...encoded.map((id) => (taught ? id : -100)));
  };
  for (const line of read('eval.jsonl').split('\n').slice(0, rows)) {
    const { messages } = JSON.parse(line) as { messages: { role: string; content: string }[] };
    for (const { role, content } of messages) {
      add(`<|im_start|>${role}\n`, false);
      add(`${content}<|im_end|>`, role === 'assistant');
      add('\n', false);
    }
    offsets.push(ids.length);
  }
  return {
    inputIds: Int32Array.from(ids),
    labels: Int32Array.from(labels),
    offsets: Uint32Array.from(offsets),
    rows: Uint32Array.from({ length: offsets.length - 1 }, (_, row) => row),
  };
}

test('what a format of the weights costs in loss, on held-out rows of the built-in model', async () => {
  const names = ['config.json', 'model.safetensors'];
  const files = names.map((name) => new File([readFileSync(new URL(name, root))], name));
  const weights = await openWeights(openModelSource({ kind: 'files', files, name: 'builtin' }), () => {});
  const kernels = await openWasmKernels();
  const table = heldOut(64);
  const losses: Partial<Record<WeightFormat, number>> = {};
  const fingerprints = new Set<string>();
  for (const format of kernels.weightFormats) {
    const model = await loadModel(kernels, parseModelConfig(json('config.json')), weights, { name: format, format });
    losses[format] = (await scoreTable(model, null, table, { batchSize: 16 })).loss;
    fingerprints.add(model.facts.fingerprint);
    model.dispose();
  }
  expect(fingerprints.size).toBe(1);
  expect(Object.keys(losses)).toHaveLength(4);
  const { f32 = NaN, f16 = NaN, int8 = NaN, int4 = NaN } = losses;
  // The model is stored in f16. Nats a token; f32 has about 0.022.
  expect(f32).toBeLessThan(0.03);
  expect(f16).toBe(f32);
  expect(Math.abs(int8 - f32)).toBeLessThan(5e-4);
  expect(int4 - f32).toBeLessThan(5e-3);
}, 120_000);
