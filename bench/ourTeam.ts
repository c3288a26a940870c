import type { Kernels } from '../src/kernels/kernels';
import type { Team } from './contender';
import { ourMatmul } from './matmul/ours';
import { prepareOurs } from './step/ours';

/** The studio's kernels and trainer, with gradient checkpointing as it is by default. */
export const ourTeam = (kernels: Kernels, device: string): Team => ({
  device,
  prepare: (work) =>
    work.suite === 'step'
      ? prepareOurs(kernels, work.rows, true)
      : Promise.resolve(ourMatmul(kernels, work.shape, work.repeats)),
});
