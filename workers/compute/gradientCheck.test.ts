import { expect, test } from 'vitest';
import { openFixture, tableOf, testRecipe } from '../../src/engine/testing/fixtures';
import { createCompute } from './compute';
import { modelFiles, testOpeners } from './testing/tinyModel';

test('the verb: passes, with progress, and what is tuned stays as it is', async () => {
  const compute = createCompute(testOpeners);
  await compute.openDevice('auto');
  await compute.loadModel({ kind: 'files', files: modelFiles(), name: 'tiny' }, {}, () => {});
  const train = tableOf((await openFixture('qwen2')).examples);
  const recipe = testRecipe({ max_steps: 2 }, { adapter: { r: 2, target_modules: ['o_proj'] } });
  const run = {
    runId: 'r',
    recipe,
    train,
    validation: null,
    samples: [],
    dataHash: 'd',
    adapter: null,
    checkpoint: null,
  };
  await compute.train(run, () => {});
  const score = () => compute.score({ examples: train, batchSize: 4, useAdapter: true });
  const [before, memory] = [await score(), await compute.memory()];

  const seen: number[] = [];
  const result = await compute.checkGradients({ recipe, examples: train }, (done, total) => seen.push(done / total));
  expect(result).toMatchObject({ passed: true, rows: train.rows.length });
  expect(result.parts.map(({ name }) => name)).toEqual(['o_proj lora_A', 'o_proj lora_B', 'all']);
  expect(seen).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(await score()).toEqual(before);
  expect(await compute.memory()).toMatchObject({ tensors: memory.tensors, deviceBytes: memory.deviceBytes });

  const full = testRecipe({}, { adapter: { kind: 'none' } });
  await expect(compute.checkGradients({ recipe: full, examples: train }, () => {})).rejects.toMatchObject({
    code: 'recipe/full-adapter',
  });
  const masked = { ...train, labels: train.labels.slice().fill(-100) };
  await expect(compute.checkGradients({ recipe, examples: masked }, () => {})).rejects.toMatchObject({
    code: 'train/no-rows',
  });
});
