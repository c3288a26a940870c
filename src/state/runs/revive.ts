/** What follows when the compute worker dies, however it dies. */
import type { TunesmithError } from '../../lib/errors';
import { useDevice } from '../deviceStore';
import { useRun } from '../runStore';
import { setNotice } from '../viewStore';
import { findInterrupted } from './interrupted';
import { vault } from './vault';

/** When the compute worker died last; twice within this time, a person is asked. */
let lastDeath = -Infinity;
const againMs = 60_000;

/** The compute worker died: it is brought back by itself, once; the run that it was at is offered. */
export async function revive(error: TunesmithError, restart: () => Promise<void>): Promise<void> {
  const now = performance.now();
  // One that never came so far as to open a device would not the next time either.
  const isHopeless = now - lastDeath < againMs || useDevice.getState().status.kind !== 'ready';
  lastDeath = now;
  if (isHopeless) useDevice.setState({ status: { kind: 'failed', error: error.toRecord() } });
  else void restart();
  // Who waits for the worker hears of its death first: the run's status is then that of an interrupted one.
  await new Promise((resolve) => setTimeout(resolve));
  await findInterrupted().catch(setNotice);
  const { status } = useRun.getState();
  if (status.kind !== 'interrupted') return;
  const runs = await vault()
    .listRuns()
    .catch(() => []);
  // One that is kept is offered, now or as soon as the dead worker's lock is free.
  if (runs.some(({ record }) => record.id === status.runId)) return;
  useRun.setState({ status: { kind: 'failed', runId: status.runId, error: error.toRecord(), step: status.step } });
}
