/** What the next run begins with: nothing learned yet, or the adapter in use. */
import { create } from 'zustand';
import type { Recipe } from '../recipe/schema';
import { useAdapter, type AdapterStatus } from './adapterStore';

export type StartFrom = 'base' | 'adapter';

export const useStartFrom = create<{ wanted: StartFrom }>()(() => ({ wanted: 'base' }));

export const chooseStart = (wanted: StartFrom): void => useStartFrom.setState({ wanted });

/** Whether the adapter in use can be trained further: all weights begin with the model alone. */
export const canGoOn = (status: AdapterStatus, { adapter }: Recipe): boolean =>
  status.kind === 'ready' && !status.whole && adapter.kind === 'lora';

// What was chosen was said of one adapter: another one, or none, and the usual holds again.
useAdapter.subscribe(({ status }, { status: before }) => {
  if (status !== before && status.kind !== 'training') chooseStart('base');
});
