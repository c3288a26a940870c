/** Keeps the screen, and with it the machine, awake while a run goes on. Where a browser can't, nothing is said. */
import { useRun, type RunStatus } from '../runStore';

let held: WakeLockSentinel | null = null;
let asking = false;

const isWorking = ({ kind }: RunStatus): boolean => kind === 'preparing' || kind === 'running' || kind === 'stopping';

async function update(): Promise<void> {
  if (!('wakeLock' in navigator) || asking) return;
  const wanted = isWorking(useRun.getState().status) && document.visibilityState === 'visible';
  if (!wanted) {
    void held?.release().catch(() => undefined);
    held = null;
    return;
  }
  if (held && !held.released) return;
  asking = true;
  // Refused where the battery is low, for example.
  held = await navigator.wakeLock.request('screen').catch(() => null);
  asking = false;
  // The run may have ended while the browser thought about it.
  if (held && !isWorking(useRun.getState().status)) await update();
}

/** From now on: awake during runs. A browser takes the lock back when the tab is hidden; in sight again, it is asked anew. */
export function stayAwake(): void {
  let was = isWorking(useRun.getState().status);
  useRun.subscribe(({ status }) => {
    if (isWorking(status) === was) return;
    was = !was;
    void update();
  });
  document.addEventListener('visibilitychange', () => void update());
}
