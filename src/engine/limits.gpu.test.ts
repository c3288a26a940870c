import { afterAll, describe, expect, test } from 'vitest';
import { defaultLimits, openWebgpuDevice } from '../kernels/runtime/webgpuDevice';
import { WebgpuRunner } from '../kernels/runtime/webgpuRunner';
import { createWebgpuKernels } from '../kernels/webgpu';
import { generate } from './generate/generate';
import { openFixture, tableOf, testRecipe } from './testing/fixtures';
import { collectRun } from './testing/runs';

// The smallest device that WebGPU allows, without subgroups, f16 and timestamps: the same numbers as on any other.
describe('default limits, no optional feature', async () => {
  const errors: string[] = [];
  const opened = await openWebgpuDevice({
    onLost: (reason, message) => errors.push(`lost: ${reason} ${message}`),
    onError: (message) => errors.push(message),
    limits: defaultLimits,
    features: [],
  });
  // Compiled while the device was wanted, not ahead: each stalls what is behind it.
  const late: string[] = [];
  const compile = opened.device.createComputePipeline.bind(opened.device);
  opened.device.createComputePipeline = (descriptor) => {
    late.push(descriptor.label ?? '');
    return compile(descriptor);
  };
  const kernels = createWebgpuKernels(new WebgpuRunner(opened.device, opened.backend));
  const fixture = await openFixture('qwen2');
  const model = await fixture.model(kernels);
  afterAll(() => {
    model.dispose();
    opened.close();
    expect(errors).toEqual([]);
  });

  test('ten steps and 16 tokens of chat are those of transformers', async () => {
    const adapter = fixture.adapter(model);
    const { run, curve, rows, adapted_greedy: greedy } = fixture.expected;
    const promptIds = rows[0]?.input_ids ?? [];
    const answer = await generate(
      model,
      adapter,
      {
        promptIds,
        max_new_tokens: 16,
        ...{ temperature: 0, top_k: 0, top_p: 1, min_p: 0, repetition_penalty: 1, seed: 1 },
        ...{ stopStrings: [], eosTokenIds: [] },
      },
      { decoder: { push: () => '', end: () => '' } },
    );
    expect(answer.ids).toEqual(greedy.slice(promptIds.length, promptIds.length + 16));
    const { steps } = await collectRun(model, adapter, { recipe: testRecipe(run), train: tableOf(fixture.examples) });
    adapter.dispose();
    expect(late).toEqual([]);
    expect(steps).toHaveLength(curve.length);
    curve.forEach((expected, index) => {
      expect(Math.abs((steps[index]?.loss ?? 0) / expected.loss - 1)).toBeLessThan(1e-4);
      expect(Math.abs((steps[index]?.grad_norm ?? 0) / expected.grad_norm - 1)).toBeLessThan(1e-4);
    });
  });
});
