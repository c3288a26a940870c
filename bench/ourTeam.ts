import type { Kernels } from '../src/kernels/kernels';
import { prepareChat } from './chat/ours';
import { prepareCopy } from './chat/copy';
import type { Team } from './contender';
import { ourMatmul } from './matmul/ours';
import { prepareOurs } from './step/ours';

/** The studio's kernels, trainer and chat, with the trainer's own defaults (gradient checkpointing among them). */
export const ourTeam = (kernels: Kernels, device: string): Team => ({
  device,
  prepare: (work) => {
    switch (work.suite) {
      case 'step':
        return prepareOurs(kernels, work);
      case 'chat':
        return prepareChat(kernels, work);
      case 'copy':
        return Promise.resolve(prepareCopy(kernels, work));
      case 'matmul':
        return Promise.resolve(ourMatmul(kernels, work));
    }
  },
});
