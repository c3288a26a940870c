import { yieldToEvents } from '../yieldToEvents';

/** What a long computation asks between two of its parts. */
export interface Interruption {
  /** True: end at once; nothing of the run is wanted any more. */
  aborted?(): boolean;
  /** The place to leave the device idle for a while. */
  breathe?(): Promise<void>;
}

/** Thrown where {@link Interruption.aborted} was found true; the loop ends with reason `discarded`. */
export class Aborted extends Error {
  override name = 'Aborted';
}

/** Lets waiting messages in and the device rest. Throws {@link Aborted}. */
export async function pauseBetween(interruption: Interruption = {}): Promise<void> {
  await yieldToEvents();
  await interruption.breathe?.();
  throwIfAborted(interruption);
}

export function throwIfAborted(interruption: Interruption): void {
  if (interruption.aborted?.()) throw new Aborted('the run was discarded');
}
