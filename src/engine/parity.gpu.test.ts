import { afterAll, expect } from 'vitest';
import type { Kernels } from '../kernels/kernels';
import { openWebgpuKernels } from './testing/openWebgpuKernels';
import { adamw8bitParity } from './testing/adamw8bitParity';
import { methodsParity } from './testing/methodsParity';
import { optimizerParity } from './testing/optimizerParity';
import { engineParity } from './testing/parity';
import { regularizers } from './testing/regularizers';

let opened: ReturnType<typeof openWebgpuKernels> | null = null;
const open = async (): Promise<Kernels> => (await (opened ??= openWebgpuKernels())).kernels;
engineParity(open);
regularizers(open);
optimizerParity(open);
methodsParity(open, 'DoRA runs');
adamw8bitParity(open);

afterAll(async () => {
  const device = await opened;
  device?.close();
  expect(device?.errors).toEqual([]);
});
