import { TunesmithError } from '../../lib/errors';
import type { PiecedBytes } from '../../lib/pieced';
import type { RunEventBody } from '../../protocol/run';
import type { ReportPhase } from './phases';

export interface SaveHooks {
  emit(event: RunEventBody): void;
  /**
   * A checkpoint that the recipe asked for, or the one at a stop; the path is for its event. Its numbers are read from the device
   * as its pieces are asked for, until this resolves. Throws `checkpoint/too-large` where it can't be kept.
   */
  saved(checkpoint: PiecedBytes, step: number): Promise<string>;
  /** False: nobody keeps checkpoints, so none is taken (each is a copy of all that is trained, twice more with moments). */
  keepsCheckpoints?: boolean;
}

/** Takes a checkpoint, hands it over and says so. One that is too large ends neither this nor the run: a warning, and no further ones. */
export function checkpointSaver(
  take: () => PiecedBytes,
  hooks: SaveHooks,
  report: ReportPhase,
): (step: number) => Promise<void> {
  let canSave = hooks.keepsCheckpoints !== false;
  return async (step) => {
    if (!canSave) return;
    try {
      report('save', 0, 1);
      const path = await hooks.saved(take(), step);
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
