import { openFixture, tableOf } from '../../../src/engine/testing/fixtures';
import type { TrainRequest } from '../../../src/protocol/training';
import type { Recipe } from '../../../src/recipe/schema';

/** A run on the rows of the Qwen2 fixture that is kept, from the beginning, without validation or samples. */
export async function keptRequest(recipe: Recipe): Promise<TrainRequest & { keep: NonNullable<TrainRequest['keep']> }> {
  return {
    runId: 'run-1',
    recipe,
    train: tableOf((await openFixture('qwen2')).examples),
    validation: null,
    samples: [],
    dataHash: 'd',
    adapter: null,
    checkpoint: null,
    keep: {
      dataName: 'rows.jsonl',
      changesHash: '0'.repeat(64),
      model: { name: 'page', source: null, parameters: 0, fingerprint: null, weightDtype: 'f32' },
      parent: null,
      forecastBytes: null,
    },
  };
}
