import { expect, test } from 'vitest';
import { defaultRecipe } from './schema';
import { countSteps } from './steps';

test.each([
  // units, batch, accumulation, epochs, max_steps → micro-batches, steps per epoch, steps
  [11, 2, 2, 1, -1, 6, 3, 3],
  [12, 2, 2, 3, -1, 6, 3, 9],
  [10, 4, 8, 2.5, -1, 3, 1, 3],
  [100, 1, 8, 1, -1, 100, 13, 13],
  [100, 1, 8, 1, 5, 100, 13, 5],
  [1, 8, 8, 4, -1, 1, 1, 4],
])('%d units, %d × %d, %d epochs, max_steps %d', (units, batch, accumulation, epochs, max_steps, micro, per, steps) => {
  const training = {
    ...defaultRecipe().training,
    per_device_train_batch_size: batch,
    gradient_accumulation_steps: accumulation,
    num_train_epochs: epochs,
    max_steps,
  };
  expect(countSteps(units, training)).toEqual({ microBatchesPerEpoch: micro, stepsPerEpoch: per, steps });
});
