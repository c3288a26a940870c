import { beforeAll, describe, expect, test } from 'vitest';
import type { WasmDevice } from '../../kernels/wasm';
import { recipeSchema } from '../../recipe/schema';
import families from '../fixtures/families.json';
import { parseModelConfig } from '../model/parseConfig';
import { forecastSpec } from '../testing/forecastSpec';
import { openWasmDevice } from '../testing/openWasmKernels';
import { chooseFormat } from './chooseFormat';
import { availableBytes } from './deviceMemory';
import { forecastParts } from './forecast';
import { memoryForecast } from './memoryForecast';

const configOf = (name: string) =>
  parseModelConfig(families.models.find((model) => model.name.startsWith(name))?.config);
const half = configOf('Qwen2.5-0.5B');
const gib = 2 ** 30;

describe('forecast within 10 % of what a step on WASM takes', () => {
  let device: WasmDevice;
  beforeAll(async () => {
    device = await openWasmDevice();
  }, 120_000);
  forecastSpec(() => {
    const memory = {
      read: () => {
        const { bytesInUse, peakBytes, bytesReserved } = device.memory();
        return { bytes: bytesInUse, peakBytes, reservedBytes: bytesReserved };
      },
      resetPeak: () => device.resetPeak(),
      setLimit: (bytes: number | null) => device.setLimit(bytes),
    };
    return Promise.resolve({ kernels: device.kernels, memory });
  }, 'wasm');
});

describe('forecast', () => {
  test('Qwen2.5-0.5B: weights, adapter, gradients and moments to the byte', () => {
    const { parts, kvCacheBytes } = forecastParts(
      half,
      recipeSchema.parse({ training: { max_length: 64 } }),
      'f16',
      'wasm',
    );
    // 494,032,768 parameters, 71,552 of them in norms and biases, which stay f32.
    expect(parts.weights).toBe(2 * 494_032_768 + 2 * 71_552);
    // 64 tokens of prompt, 256 of answer; 24 layers of keys and values for two heads of 64.
    expect(kvCacheBytes).toBe(24 * 2 * 320 * 2 * 64 * 4);
    expect([parts.adapter, parts.gradients, parts.optimizer]).toEqual([1, 1, 2].map((times) => times * 4 * 8_798_208));
  });

  test('nothing is left behind, and the same comes out again', () => {
    const recipe = recipeSchema.parse({ training: { max_length: 40 }, adapter: { r: 2 } });
    const device = { backend: 'webgpu', formats: ['f32', 'f16'], availableBytes: 6 * gib } as const;
    const first = memoryForecast(configOf('SmolLM2-135M'), recipe, device);
    expect(memoryForecast(configOf('SmolLM2-135M'), recipe, device)).toEqual(first);
    expect(first.total).toBe(Object.values(first.parts).reduce((sum, bytes) => sum + bytes, 0));
    expect(first.weightDtype).toBe('f16');
  });

  test('settings far beyond every machine: a verdict, not a failure', () => {
    const device = { backend: 'webgpu', formats: ['f32', 'f16'], availableBytes: 6 * gib } as const;
    const rows = { train: { tokens: Uint32Array.of(9), supervised: Uint32Array.of(5) }, validation: null };
    const forecast = memoryForecast(half, recipeSchema.parse({ adapter: { r: 2 ** 16 } }), device, { rows });
    expect(forecast.parts.adapter).toBe(4 * (8_798_208 / 16) * 2 ** 16);
    expect(forecast.verdict).toBe('too-large');
  });

  test('full fine-tuning wants f32, and says when that is too much', () => {
    const recipe = recipeSchema.parse({ training: { max_length: 64 }, adapter: { kind: 'none' } });
    const forecast = memoryForecast(half, recipe, {
      backend: 'wasm',
      formats: ['f32', 'f16', 'int8', 'int4'],
      availableBytes: 4 * gib,
    });
    expect(forecast).toMatchObject({ weightDtype: 'f32', verdict: 'too-large' });
    expect(forecast.parts.optimizer).toBe(2 * forecast.parts.gradients);
    expect(forecast.parts.adapter).toBe(0);
  });

  test('formats: the most exact that leaves half of the device to the run', () => {
    const all = ['f32', 'f16', 'int8', 'int4'] as const;
    const choose = (name: string, available: number, held: readonly (typeof all)[number][] = all) =>
      chooseFormat(configOf(name), 'auto', held, available).format;
    expect(choose('SmolLM2-135M', 8 * gib)).toBe('f16');
    expect(choose('Qwen2.5-0.5B', 4 * gib)).toBe('f16');
    expect(choose('Qwen2.5-1.5B', 4 * gib)).toBe('int8');
    expect(choose('Qwen2.5-1.5B', 8 * gib)).toBe('f16');
    expect(choose('Qwen3-1.7B', 2 * gib)).toBe('int4');
    expect(choose('Qwen3-1.7B', 2 * gib, ['f32', 'f16'])).toBe('f16');
    const tiny = parseModelConfig({ ...families.models[0]?.config, num_hidden_layers: 1, vocab_size: 1000 });
    expect(chooseFormat(tiny, 'auto', all, 8 * gib)).toMatchObject({ format: 'f32' });
    expect(chooseFormat(half, 'int4', all, gib)).toEqual({ format: 'int4', reason: 'int4 was asked for.' });
    expect(() => chooseFormat(half, 'int4', ['f32'], gib)).toThrow(
      expect.objectContaining({ code: 'model/format' }) as Error,
    );
  });

  test('memory of the device: three quarters of the machine’s, on WASM at most 4 GiB, and no more than a person allows', () => {
    expect(availableBytes('webgpu', null, 16)).toBe(12 * gib);
    expect(availableBytes('wasm', null, 16)).toBe(4 * gib);
    expect(availableBytes('wasm', null, 4)).toBe(3 * gib);
    expect(availableBytes('webgpu', gib, 16)).toBe(gib);
    expect(availableBytes('wasm', 8 * gib, 16)).toBe(4 * gib);
  });
});
