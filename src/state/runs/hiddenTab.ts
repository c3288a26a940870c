/** A note when the browser slowed the run because its tab was hidden: measured, never guessed. */
import { create } from 'zustand';
import type { RunEvent } from '../../protocol/run';
import { HiddenPace } from './hiddenPace';

export const useHiddenTab = create<{ note: string | null }>()(() => ({ note: null }));

let pace = new HiddenPace();
/** The step in which the tab was hidden or shown belongs to neither. */
let skipNext = false;

const isHidden = (): boolean => typeof document !== 'undefined' && document.visibilityState === 'hidden';

/** A fresh run begins. */
export function beginPace(): void {
  pace = new HiddenPace();
  useHiddenTab.setState({ note: null });
}

/** Takes a run's event. */
export function measurePace(event: RunEvent): void {
  if (event.event !== 'step') return;
  if (!skipNext) pace.add(event.ms, event.tokens, isHidden());
  skipNext = false;
  const { note } = pace;
  if (note !== useHiddenTab.getState().note) useHiddenTab.setState({ note });
}

/** Follows whether the tab is in sight. */
export const watchVisibility = (): void =>
  document.addEventListener('visibilitychange', () => {
    skipNext = true;
  });
