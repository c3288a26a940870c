import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { rangedBytes } from '../../lib/ranged';
import { openSafetensors } from '../safetensors/readSafetensors';
import { writeSafetensors } from '../safetensors/writeSafetensors';
import { readPeftConfig, writePeftConfig } from './adapterConfig';
import { readPeftFolder, writePeftFolder } from './adapterFolder';

/** Folders that PEFT itself wrote (tools/fixtures/engine/makeFixtures.py). */
const peftFile = (family: string, name: string) => ({
  name,
  bytes: new Uint8Array(readFileSync(new URL(`../../engine/fixtures/${family}/${name}`, import.meta.url))),
});
const peftFolder = (family: string) =>
  ['adapter_config.json', 'adapter_model.safetensors'].map((name) => peftFile(family, name));
const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

describe('PEFT folder', () => {
  test.each(['qwen2', 'qwen3', 'llama', 'qwen2/dora', 'qwen3/dora', 'llama/dora'])(
    '%s: what PEFT wrote is what we write, key by key and bit by bit',
    async (family) => {
      const theirs = peftFolder(family);
      const { config, pairs } = await readPeftFolder(theirs);
      const ours = writePeftFolder(config, pairs);
      const layout = async (files: typeof ours) => {
        const bytes = files.find(({ name }) => name === 'adapter_model.safetensors')?.bytes ?? new Uint8Array();
        const file = await openSafetensors(rangedBytes(bytes), family);
        const entries = [...file.tensors].map(async ([key, { dtype, shape }]) => [
          key,
          { dtype, shape, bytes: text(await file.read(key)) },
        ]);
        return { metadata: file.metadata, tensors: Object.fromEntries(await Promise.all(entries)) as unknown };
      };
      expect(await layout(ours)).toEqual(await layout(theirs));

      const settings = (files: typeof ours) =>
        JSON.parse(text(files.find(({ name }) => name === 'adapter_config.json')?.bytes)) as Record<string, unknown>;
      const written = settings(ours);
      // Every key that we write has PEFT's own value; those we leave out are PEFT's defaults.
      expect(written).toEqual(Object.fromEntries(Object.keys(written).map((key) => [key, settings(theirs)[key]])));
      expect(Object.keys(written).sort()).toEqual([
        'alpha_pattern',
        'base_model_name_or_path',
        'bias',
        'fan_in_fan_out',
        'inference_mode',
        'init_lora_weights',
        'lora_alpha',
        'lora_dropout',
        'modules_to_save',
        'peft_type',
        'r',
        'rank_pattern',
        'revision',
        'target_modules',
        'task_type',
        'use_dora',
        'use_rslora',
      ]);
    },
  );

  const good = JSON.parse(
    writePeftConfig({
      base_model_name_or_path: 'b',
      revision: null,
      r: 2,
      lora_alpha: 4,
      lora_dropout: 0,
      target_modules: ['q_proj'],
      use_rslora: false,
      use_dora: false,
    }),
  ) as Record<string, unknown>;

  test.each([
    ['peft_type', 'IA3'],
    ['r', 0],
    ['r', 2.5],
    ['lora_alpha', 'x'],
    ['bias', 'all'],
    ['fan_in_fan_out', true],
    ['modules_to_save', ['lm_head']],
    ['rank_pattern', { q_proj: 3 }],
    ['target_modules', ''],
    ['target_modules', 7],
    ['alpha_pattern', { q_proj: 3 }],
    ['target_modules', []],
    ['use_rslora', 'yes'],
    ['layers_to_transform', [1]],
    // These change the base weights: read as plain LoRA, logits of a small Qwen2 (PEFT 0.21) were off by more than their size.
    ['init_lora_weights', 'pissa'],
    ['init_lora_weights', 'pissa_niter_16'],
    ['init_lora_weights', 'olora'],
    ['init_lora_weights', 'corda'],
    ['init_lora_weights', 'loftq'],
    ['kasa_config', {}],
  ])('a config with %s = %j is refused by name', (key, value) => {
    expect(() => readPeftConfig(JSON.stringify({ ...good, [key]: value }))).toThrow(
      new RegExp(`adapter_config.json, ${key}: `),
    );
  });

  test.each([true, false, 'gaussian', 'eva', 'orthogonal', 'lora_ga', undefined])(
    'init_lora_weights %j says how the pairs began, and nothing else',
    (init) => {
      expect(readPeftConfig(JSON.stringify({ ...good, init_lora_weights: init })).r).toBe(2);
    },
  );

  test('an alpha past every number is refused', () => {
    const text = JSON.stringify({ ...good, lora_alpha: 4 }).replace('"lora_alpha":4', '"lora_alpha":1e999');
    expect(() => readPeftConfig(text)).toThrow(/adapter_config.json, lora_alpha: /);
  });

  test('broken JSON, missing files, odd tensors', async () => {
    expect(() => readPeftConfig('{')).toThrow(/JSON object/);
    await expect(readPeftFolder([])).rejects.toMatchObject({ code: 'adapter/missing-file' });
    const config = { name: 'adapter_config.json', bytes: new TextEncoder().encode(JSON.stringify(good)) };
    const folder = (tensors: Parameters<typeof writeSafetensors>[0]) => [
      config,
      { name: 'sub/adapter_model.safetensors', bytes: writeSafetensors(tensors) },
    ];
    const a = { name: 'base_model.model.m.lora_A.weight', shape: [2, 3], values: new Float32Array(6) };
    const b = { name: 'base_model.model.m.lora_B.weight', shape: [3, 2], values: new Float32Array(6) };
    expect((await readPeftFolder(folder([a, b]))).pairs).toHaveLength(1);
    const magnitude = { name: 'base_model.model.m.lora_magnitude_vector', shape: [3], values: new Float32Array(3) };
    await expect(readPeftFolder(folder([a, b, magnitude]))).rejects.toThrow(/lora_magnitude_vector: use_dora is false/);
    for (const hole of [Number.NaN, Number.NEGATIVE_INFINITY])
      await expect(
        readPeftFolder(folder([a, { ...b, values: Float32Array.of(0, 1, 2, 3, 4, hole) }])),
      ).rejects.toMatchObject({
        code: 'adapter/tensors',
        message: expect.stringMatching(/m\.lora_B.*finite/) as string,
      });
    for (const tensors of [[a], [], [a, { ...b, shape: [2, 3] }], [a, b, { ...b, name: 'lm_head.weight' }]])
      await expect(readPeftFolder(folder(tensors))).rejects.toMatchObject({ code: 'adapter/tensors' });
  });

  const filesOf = (config: object, tensors: Parameters<typeof writeSafetensors>[0]) => [
    { name: 'adapter_config.json', bytes: new TextEncoder().encode(JSON.stringify({ ...good, ...config })) },
    { name: 'adapter_model.safetensors', bytes: writeSafetensors(tensors) },
  ];
  const tensor = (key: string, shape: number[], start = 0) => ({
    name: `base_model.model.${key}`,
    shape,
    values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => start + index),
  });

  test('keys with the adapter’s name, as a state saved by hand has them', async () => {
    const tensors = [
      tensor('x.q_proj.lora_A.default.weight', [2, 3]),
      tensor('x.q_proj.lora_B.default.weight', [4, 2], 10),
      tensor('x.q_proj.lora_magnitude_vector.default.weight', [4], 20),
    ];
    const { pairs } = await readPeftFolder(filesOf({ use_dora: true }, tensors));
    expect(pairs).toEqual([
      {
        module: 'x.q_proj',
        inFeatures: 3,
        outFeatures: 4,
        a: tensors[0]?.values,
        b: tensors[1]?.values,
        magnitude: tensors[2]?.values,
      },
    ]);
  });

  test('DoRA needs a magnitude for every output', async () => {
    const pair = [tensor('m.lora_A.weight', [2, 3]), tensor('m.lora_B.weight', [4, 2])];
    const read = (...more: ReturnType<typeof tensor>[]) =>
      readPeftFolder(filesOf({ use_dora: true }, [...pair, ...more]));
    await expect(read()).rejects.toThrow(/m: lora_magnitude_vector must have 4 numbers, got none/);
    await expect(read(tensor('m.lora_magnitude_vector', [3]))).rejects.toThrow(/must have 4 numbers, got 3/);
    await expect(read(tensor('m.lora_magnitude_vector', [1, 4]))).rejects.toThrow(
      /must be a vector, got shape \[1,4\]/,
    );
  });

  test.each([String.raw`.*\.(q|v)_proj`, 'all-linear'])(
    'target_modules as a pattern, %s: the modules with weights',
    async (pattern) => {
      const tensors = ['l.0.q_proj', 'l.1.v_proj'].flatMap((module) => [
        tensor(`${module}.lora_A.weight`, [2, 3]),
        tensor(`${module}.lora_B.weight`, [4, 2]),
      ]);
      const { config } = await readPeftFolder(filesOf({ target_modules: pattern }, tensors));
      expect(config.target_modules).toEqual(['l.0.q_proj', 'l.1.v_proj']);
    },
  );
});
