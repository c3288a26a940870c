import { expect, test } from 'vitest';
import { plainOnWebgpu } from './plainOnWebgpu';

test('what is advised in place of adamw_8bit is a name of an optimizer that recipes have', () => {
  const kernels = plainOnWebgpu(() => expect.fail());
  expect(() => (kernels as unknown as { adamw8bit(): void }).adamw8bit()).toThrow(
    expect.objectContaining({
      code: 'kernel/no-fallback',
      message: expect.stringMatching(/choose training\.optim "adamw", or /) as string,
    }),
  );
});
