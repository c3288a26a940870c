import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors, type FloatTensor } from '../../src/formats/safetensors/writeSafetensors';
import { rangedBytes } from '../../src/lib/ranged';
import { openSafetensors } from '../../src/formats/safetensors/readSafetensors';
import { toFloat32 } from '../../src/formats/safetensors/dtypes';
import type { ComputeApi } from '../../src/protocol/computeApi';
import { defaultRecipe } from '../../src/recipe/schema';
import { createCompute } from './compute';
import { modelFiles, testOpeners } from './testing/tinyModel';

type Files = Record<string, string | Uint8Array>;
const fixture = new Uint8Array(
  readFileSync(new URL('../../src/engine/fixtures/qwen2/model.safetensors', import.meta.url)),
);
const config = JSON.parse(
  readFileSync(new URL('../../src/engine/fixtures/qwen2/config.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;
const withConfig = (change: object): Files => ({ 'config.json': JSON.stringify({ ...config, ...change }) });
const qProj = 'model.layers.1.self_attn.q_proj.weight';
const indexOf = (map: unknown): Files => ({
  'model.safetensors.index.json': JSON.stringify({ weight_map: map }),
});

describe('models that are wrong', () => {
  let compute: ComputeApi;
  let tensors: FloatTensor[];
  beforeAll(async () => {
    compute = createCompute(testOpeners);
    await compute.openDevice('wasm');
    const file = await openSafetensors(rangedBytes(fixture), 'fixture');
    tensors = await Promise.all(
      [...file.tensors].map(async ([name, { shape, dtype }]) => ({
        name,
        shape,
        values: toFloat32(dtype, await file.read(name), name),
      })),
    );
  }, 120_000);

  /** The tiny model's folder with files replaced; an empty name takes a file away. */
  const source = (change: Files, without: string[] = []) => {
    const kept = modelFiles().filter(({ name }) => !(name in change) && !without.includes(name));
    const changed = Object.entries(change).map(([name, content]) => new File([content as BlobPart], name));
    return { kind: 'files' as const, files: [...kept, ...changed], name: 'bad' };
  };
  const shard = (names: (name: string) => boolean): Uint8Array =>
    writeSafetensors(tensors.filter(({ name }) => names(name)));
  const changed = (name: string, change: (tensor: FloatTensor) => FloatTensor): Files => ({
    'model.safetensors': writeSafetensors(tensors.map((tensor) => (tensor.name === name ? change(tensor) : tensor))),
  });
  const withValue = (value: number): Files =>
    changed(qProj, (tensor) => ({ ...tensor, values: tensor.values.map((old, at) => (at === 17 ? value : old)) }));
  const isFirst = (name: string): boolean => name < 'model.layers.1';
  const two = () => ({
    'a.safetensors': shard(isFirst),
    'b.safetensors': shard((name) => !isFirst(name)),
  });
  const map = (first = 'a.safetensors', second = 'b.safetensors') =>
    Object.fromEntries(tensors.map(({ name }) => [name, isFirst(name) ? first : second]));

  const cases: [what: string, code: string, message: RegExp, files: () => Files, without?: string[]][] = [
    ['no configuration', 'model/missing-file', /config\.json is missing/, () => ({}), ['config.json']],
    ['a configuration that is no JSON', 'model/bad-json', /config\.json/, () => ({ 'config.json': '{' })],
    ['a configuration that is a list', 'model/config', /must be an object/, () => ({ 'config.json': '[]' })],
    ['another family', 'model/unsupported', /model_type/, () => withConfig({ model_type: 'mamba' })],
    ['1e9 layers', 'model/config', /num_hidden_layers/, () => withConfig({ num_hidden_layers: 1e9 })],
    [
      'more layers than there are',
      'model/weights',
      /layers\.3.*is missing/,
      () => withConfig({ num_hidden_layers: 512, layer_types: null }),
    ],
    ['a vocabulary of another size', 'model/weights', /embed_tokens.*\[84,24\]/, () => withConfig({ vocab_size: 84 })],
    ['no tokenizer', 'model/missing-file', /tokenizer\.json is missing/, () => ({}), ['tokenizer.json']],
    ['no weights', 'model/missing-file', /model\.safetensors is missing/, () => ({}), ['model.safetensors']],
    ['an empty weight file', 'model/safetensors', /at least 8 bytes/, () => ({ 'model.safetensors': '' })],
    [
      'a file that is cut off',
      'model/safetensors',
      /cut off/,
      () => ({ 'model.safetensors': fixture.subarray(0, 50_000) }),
    ],
    [
      'a pickle',
      'model/safetensors',
      /model\.safetensors/,
      () => ({ 'model.safetensors': 'PK\u0003\u0004 not safetensors at all' }),
    ],
    [
      'a transposed matrix',
      'model/weights',
      /k_proj\.weight must be \[12,24\].*got \[24,12\]/,
      () => changed('model.layers.0.self_attn.k_proj.weight', (tensor) => ({ ...tensor, shape: [24, 12] })),
    ],
    [
      'a tensor of another model',
      'model/weights',
      /experts.* is not part/,
      () => ({
        'model.safetensors': writeSafetensors([
          ...tensors,
          { name: 'model.layers.0.mlp.experts.0.w1.weight', shape: [1], values: new Float32Array(1) },
        ]),
      }),
    ],
    ['a NaN', 'model/not-finite', new RegExp(qProj), () => withValue(NaN)],
    ['an infinity', 'model/not-finite', new RegExp(qProj), () => withValue(-Infinity)],
    [
      'an index that is no JSON',
      'model/index',
      /must be JSON/,
      () => ({ 'model.safetensors.index.json': '{' }),
      ['model.safetensors'],
    ],
    ['an index without a map', 'model/index', /weight_map/, () => indexOf([]), ['model.safetensors']],
    [
      'an absent shard',
      'model/missing-file',
      /b\.safetensors is missing/,
      () => ({ ...indexOf(map()), 'a.safetensors': shard(isFirst) }),
      ['model.safetensors'],
    ],
    [
      'a shard outside of the folder',
      'model/index',
      /same folder, got "\.\.\/b\.safetensors"/,
      () => ({ ...two(), ...indexOf(map(undefined, '../b.safetensors')) }),
      ['model.safetensors'],
    ],
    [
      'a shard at an address',
      'model/index',
      /same folder/,
      () => ({ ...two(), ...indexOf(map(undefined, 'https://example.org/b.safetensors')) }),
      ['model.safetensors'],
    ],
    [
      'a shard that is a number',
      'model/index',
      /same folder, got 7/,
      () => ({ ...two(), ...indexOf({ x: 7 }) }),
      ['model.safetensors'],
    ],
    [
      'a tensor in another shard than said',
      'model/index',
      /is in a\.safetensors, not in b/,
      () => ({
        ...two(),
        ...indexOf({ ...map(), [tensors.find(({ name }) => isFirst(name))?.name ?? '']: 'b.safetensors' }),
      }),
      ['model.safetensors'],
    ],
    [
      'a tensor in no shard',
      'model/index',
      /ghost is not in a/,
      () => ({ ...two(), ...indexOf({ ...map(), ghost: 'a.safetensors' }) }),
      ['model.safetensors'],
    ],
    [
      'a tensor in two shards',
      'model/index',
      /and in another shard/,
      () => ({ ...two(), 'b.safetensors': shard(() => true), ...indexOf(map()) }),
      ['model.safetensors'],
    ],
    [
      '__proto__ among the shards',
      'model/index',
      /__proto__ is not in a/,
      () => ({
        ...two(),
        'model.safetensors.index.json': `{"weight_map":${JSON.stringify(map()).replace('{', '{"__proto__":"a.safetensors",')}}`,
      }),
      ['model.safetensors'],
    ],
    [
      'a name twice in the index',
      'model/index',
      /twice/,
      () => ({
        ...two(),
        'model.safetensors.index.json': `{"weight_map":${JSON.stringify(map()).replace('{', `{"${qProj}":"b.safetensors",`)}}`,
      }),
      ['model.safetensors'],
    ],
  ];

  test.each(cases)('%s: %s, and nothing stays on the device', async (_what, code, message, files, without = []) => {
    const before = await compute.memory();
    await expect(compute.loadModel(source(files(), without), {}, () => {})).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    const after = await compute.memory();
    expect([after.tensors, after.deviceBytes]).toEqual([before.tensors, before.deviceBytes]);
    await expect(compute.score({ examples: noExamples, batchSize: 1, useAdapter: false })).rejects.toMatchObject({
      code: 'model/none',
    });
  });

  test('shards load as one file does; what inspect says of both is what is loaded', async () => {
    const shards = source({ ...two(), ...indexOf(map()) }, ['model.safetensors']);
    const facts = await compute.loadModel(shards, {}, () => {});
    const inspected = await compute.inspectModel(shards, defaultRecipe());
    expect(inspected).toMatchObject({
      parameters: facts.parameters,
      dtype: 'f32',
      vocabSize: 83,
      tiedEmbeddings: true,
    });
    expect((await compute.inspectModel(source({}), defaultRecipe())).memory).toEqual(inspected.memory);
    await expect(compute.inspectModel(source({ 'model.safetensors': '' }), defaultRecipe())).rejects.toMatchObject({
      code: 'model/safetensors',
    });
  });

  test('formats: what is asked for is what is held; a run that asks for another is refused', async () => {
    const sizes = [];
    for (const dtype of ['f32', 'f16', 'int8', 'int4'] as const) {
      const { weightDtype, weightBytes } = await compute.loadModel(source({}), { dtype }, () => {});
      expect(weightDtype).toBe(dtype);
      sizes.push(weightBytes);
    }
    expect([...sizes].sort((a, b) => b - a)).toEqual(sizes);
    const auto = await compute.loadModel(source({}), {}, () => {});
    expect(auto).toMatchObject({ weightDtype: 'f32', weightReason: expect.stringContaining('little') as string });
    const recipe = { ...defaultRecipe(), model: { ...defaultRecipe().model, dtype: 'f16' as const } };
    const request = {
      runId: 'r',
      recipe,
      train: oneExample,
      validation: null,
      samples: [],
      dataHash: 'd',
      adapter: null,
      checkpoint: null,
    };
    await expect(compute.train(request, () => {})).rejects.toMatchObject({ code: 'recipe/other-dtype' });
    // 65,504 is the largest half.
    await expect(compute.loadModel(source(withValue(7e4)), { dtype: 'f16' }, () => {})).rejects.toMatchObject({
      code: 'model/half-range',
    });
    await compute.loadModel(source(withValue(65504)), { dtype: 'f16' }, () => {});
  });

  test('cancelled while it loads or waits: model/cancelled, nothing left; the next load works', async () => {
    await compute.loadModel(source({}), {}, () => {});
    const full = await compute.memory();
    const first = compute.loadModel(source({}), {}, ({ phase }) => void (phase === 'load' && compute.cancelLoad()));
    const second = compute.loadModel(source({}), {}, () => {});
    for (const load of [first, second]) await expect(load).rejects.toMatchObject({ code: 'model/cancelled' });
    expect((await compute.memory()).tensors).toBe(0);
    await compute.cancelLoad();
    await compute.loadModel(source({}), {}, () => {});
    expect((await compute.memory()).deviceBytes).toBe(full.deviceBytes);
  });

  test('a second model is loaded after the first is freed: never more than one on the device', async () => {
    await compute.loadModel(source({}), {}, () => {});
    const { deviceBytes } = await compute.memory();
    await compute.resetPeakMemory();
    await compute.loadModel(source({}), {}, () => {});
    expect((await compute.memory()).peakDeviceBytes).toBeLessThanOrEqual(deviceBytes + 4096);
  });
});

const noExamples = {
  inputIds: new Int32Array(),
  labels: new Int32Array(),
  offsets: Uint32Array.of(0),
  rows: new Uint32Array(),
};
const oneExample = {
  inputIds: Int32Array.of(1, 2),
  labels: Int32Array.of(1, 2),
  offsets: Uint32Array.of(0, 2),
  rows: Uint32Array.of(0),
};
