/** Whether another tab of this page trains: one run on this machine's device at a time. */
import { create } from 'zustand';
import { trainingLockName } from '../../protocol/locks';
import { isActive, useRun } from '../runStore';
import { announce } from '../viewStore';
import { tellRunsChanged } from './changes';
import { isHeld, whenFree } from './webLocks';

export const useOtherTab = create<{ training: boolean }>()(() => ({ training: false }));

let waiting = false;

/** Looks who trains. Where it is another tab, this one is ready again by itself as soon as that has ended. */
export async function lookForOtherTab(): Promise<void> {
  const isOwn = (): boolean => isActive(useRun.getState().status);
  const training = !isOwn() && (await isHeld(trainingLockName)) && !isOwn();
  if (training !== useOtherTab.getState().training) useOtherTab.setState({ training });
  if (!training || waiting) return;
  waiting = true;
  await whenFree(trainingLockName).finally(() => (waiting = false));
  useOtherTab.setState({ training: false });
  if (!isOwn()) announce('The other tab has ended its training; this one can train.');
  tellRunsChanged();
}
