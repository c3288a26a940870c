import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openTokenizer } from '../../src/data/tokenizer/tokenizer';
import { createDecoder } from '../../src/engine/generate/decoder';
import { loadModel } from '../../src/engine/model/loadModel';
import type { Model } from '../../src/engine/model/model';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { free } from '../../src/engine/scope';
import { openWasmKernels } from '../../src/engine/testing/openWasmKernels';
import { openModelSource } from '../../src/storage/modelSource';
import { openWeights } from './modelFiles';

interface Case {
  text: string;
  ids: number[];
  /** Logits after the last token, by transformers on the same folder. */
  logits: number[];
}

const root = new URL('../../', import.meta.url);
const { cases } = JSON.parse(readFileSync(new URL('tools/builtin/fixtures/logits.json', root), 'utf8')) as {
  cases: Case[];
};
const read = (name: string): string => readFileSync(new URL(`public/models/builtin/${name}`, root), 'utf8');
const json = (name: string): Record<string, unknown> => JSON.parse(read(name)) as Record<string, unknown>;

describe('the built-in model', () => {
  let model: Model;
  beforeAll(async () => {
    const names = ['config.json', 'model.safetensors'];
    const files = names.map((name) => new File([readFileSync(new URL(`public/models/builtin/${name}`, root))], name));
    const weights = await openWeights(openModelSource({ kind: 'files', files, name: 'builtin' }), () => {});
    model = await loadModel(await openWasmKernels(), parseModelConfig(json('config.json')), weights, {
      name: 'builtin',
    });
  });

  test.each(cases.map((one, at) => ({ at, ...one })))('gives the logits of transformers, case $at', async (one) => {
    const decoder = createDecoder(model, null, one.ids.length);
    const logits = decoder.feed(one.ids);
    const ours = await model.kernels.read(logits);
    free(logits);
    decoder.dispose();
    expect(ours.length).toBe(one.logits.length);
    const worst = Math.max(...one.logits.map((theirs, id) => Math.abs(theirs - (ours[id] ?? NaN))));
    expect(worst).toBeLessThan(1e-4);
  });

  test('reads text as transformers does', () => {
    const tokenizer = openTokenizer(json('tokenizer.json'), json('tokenizer_config.json'));
    for (const { text, ids } of cases) expect(Array.from(tokenizer.encode(text).ids)).toEqual(ids);
  });
});
