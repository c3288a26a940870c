/** How much of the device a run takes: chosen once, kept, and told to every worker that trains. */
import { create } from 'zustand';
import type { Pace } from '../../protocol/run';
import { readSetting, writeSetting } from '../../storage/settings';
import { clients } from '../clients';
import { setNotice } from '../viewStore';

const setting = 'pace';
/** `polite` halves the speed, and the page draws well beside either: threads that compute leave its own alone. */
const usual: Pace = 'full';

export const usePace = create<{ pace: Pace }>()(() => ({ pace: usual }));

/** Takes back the choice of an earlier visit. */
export function restorePace(): void {
  const kept = readSetting(setting, null);
  usePace.setState({ pace: kept === 'polite' || kept === 'full' ? kept : usual });
}

/** Tells the worker; a fresh one knows nothing of it. */
export const sendPace = (): Promise<void> => clients().compute.setPace(usePace.getState().pace);

/** Sets the pace, from the next slice of a run that goes on. */
export async function setPace(pace: Pace): Promise<void> {
  usePace.setState({ pace });
  writeSetting(setting, pace === usual ? null : pace);
  await sendPace().catch(setNotice);
}
