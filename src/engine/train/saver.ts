import { TunesmithError } from '../../lib/errors';
import type { RunEventBody } from '../../protocol/run';
import type { ReportPhase } from './phases';

export interface SaveHooks {
  emit(event: RunEventBody): void;
  /** A checkpoint that the recipe asked for, or the one at a stop; the path is for its event. */
  saved(bytes: Uint8Array, step: number): Promise<string>;
  /** False: nobody keeps checkpoints, so none is taken (each is a copy of all that is trained, twice more with moments). */
  keepsCheckpoints?: boolean;
}

/** Takes a checkpoint, hands it over and says so. One that is too large ends neither this nor the run: a warning, and no further ones. */
export function checkpointSaver(
  take: () => Promise<Uint8Array>,
  hooks: SaveHooks,
  report: ReportPhase,
): (step: number) => Promise<void> {
  let canSave = hooks.keepsCheckpoints !== false;
  return async (step) => {
    if (!canSave) return;
    try {
      report('save', 0, 1);
      const path = await hooks.saved(await take(), step);
      report('save', 1, 1);
      hooks.emit({ event: 'checkpoint', step, path });
    } catch (error) {
      if (!(error instanceof TunesmithError) || error.code !== 'checkpoint/too-large') throw error;
      // The run is worth more than its checkpoints.
      canSave = false;
      hooks.emit({ event: 'warning', code: error.code, message: error.message });
    }
  };
}
