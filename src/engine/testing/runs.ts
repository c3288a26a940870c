import { inOneArray } from '../../lib/pieced';
import { rangedBytes } from '../../lib/ranged';
import type { RunEventBody } from '../../protocol/run';
import { openCheckpoint } from '../checkpoint/open';
import type { Model } from '../model/model';
import { trainLoop, type LoopHooks, type LoopRequest } from '../train/loop';
import type { Trainable } from '../train/trainable';

export type StepEvent = Extract<RunEventBody, { event: 'step' }>;

/** Runs the loop and collects its events and checkpoints. `stopAt`: the step before which it is stopped. */
export async function collectRun(
  model: Model,
  trained: Trainable,
  request: Pick<LoopRequest, 'recipe' | 'train'> &
    Partial<Omit<LoopRequest, 'checkpoint'>> & { checkpoint?: Uint8Array | null },
  options: { stopAt?: number; hooks?: Partial<LoopHooks> } = {},
): Promise<{ events: RunEventBody[]; steps: StepEvent[]; checkpoints: Uint8Array[] }> {
  const events: RunEventBody[] = [];
  const checkpoints: Uint8Array[] = [];
  const checkpoint = request.checkpoint ? await openCheckpoint(rangedBytes(request.checkpoint)) : null;
  await trainLoop(
    model,
    trained,
    { validation: null, samples: [], dataHash: 'test', ...request, checkpoint },
    {
      device: { backend: 'test', adapter: 'test' },
      emit: (event) => events.push(event),
      boundary: ({ step }) => Promise.resolve(step === options.stopAt ? 'stop' : 'continue'),
      saved: async (document, step) => {
        checkpoints.push(await inOneArray(document));
        return `step-${step}`;
      },
      sample: ({ row }) => Promise.resolve(`sample ${row}`),
      ...options.hooks,
    },
  );
  return { events, steps: events.filter((event) => event.event === 'step'), checkpoints };
}
