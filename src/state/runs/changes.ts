/** That something about kept runs or running ones has changed, said to whoever listens, in this tab and in the others. */
const channelName = 'tunesmith.runs';
const listeners = new Set<() => void>();
let channel: BroadcastChannel | null = null;

const hear = (): void => {
  for (const listener of listeners) listener();
};

/** Called on every change; returns the way to stop listening. */
export function onRunsChanged(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Hears the other tabs from now on. */
export function hearOtherTabs(): void {
  if (channel || typeof BroadcastChannel === 'undefined') return;
  channel = new BroadcastChannel(channelName);
  channel.onmessage = hear;
}

/** Says it to this tab and to the others. */
export function tellRunsChanged(): void {
  hear();
  channel?.postMessage(null);
}
