/** One order to train, from its sending to its end: status, curves, what was tuned, what storage says of it. */
import { TunesmithError, toErrorRecord } from '../../lib/errors';
import { trainingLockName } from '../../protocol/locks';
import type { RunControlKind, RunEvent } from '../../protocol/run';
import type { TrainResult } from '../../protocol/training';
import { adoptAdapter, beginTraining, forgetAdapter, restoreAdapter, showTraining } from '../adapterStore';
import { callback, clients } from '../clients';
import { refreshStorage } from '../deviceStore';
import { plural } from '../format';
import type { RunSeries } from '../runSeries';
import { isActive, runIdOf, useRun } from '../runStore';
import { announce, setNotice } from '../viewStore';
import { tellRunsChanged } from './changes';
import { RunFollower } from './follow';
import { beginPace, measurePace } from './hiddenTab';
import { lookForOtherTab } from './otherTab';
import { noteDeath, rememberOwn } from './ownRun';
import { sendPace } from './pace';
import { rememberShown, shownRun } from './shownRun';
import { isHeld } from './webLocks';

export interface RunOrder {
  runId: string;
  series: RunSeries;
  /** Of the model and of the data, for the adapter's note. */
  modelName: string;
  dataName: string;
  control: RunControlKind | null;
  /** Of earlier sittings. */
  secondsBefore: number;
  send(onEvent: (events: RunEvent[]) => void, say: (phase: string) => void): Promise<TrainResult>;
}

function follow(order: RunOrder): RunFollower {
  const { runId, series } = order;
  let begun = false;
  return new RunFollower(runId, series, {
    took: (event) => {
      if (event.event === 'step') showTraining();
      measurePace(event);
      // The others see the training lock from now on.
      if (!begun) tellRunsChanged();
      begun = true;
    },
    show: (phase) =>
      useRun.setState((state) => {
        if (runIdOf(state.status) !== runId) return state;
        const { status } = state;
        const moving = status.kind === 'preparing' || status.kind === 'running';
        // The same status stays the same object, so that nothing that only shows the status is drawn anew.
        const same = !moving || series.version === 0 || (status.kind === 'running' && status.phase === phase);
        return { version: series.version, status: same ? status : { kind: 'running', runId, phase } };
      }),
  });
}

/** Sends the order. Another tab that only looked whether the device is free holds it for a moment: then once more. */
async function sent(order: RunOrder, take: RunFollower['take']): Promise<TrainResult> {
  const { runId } = order;
  const once = (): Promise<TrainResult> =>
    order.send(callback(take), (phase) =>
      // One that was told to stop meanwhile stops as soon as it has begun.
      useRun.setState(({ status }) =>
        status.kind === 'preparing' ? { status: { kind: 'preparing', runId, phase } } : {},
      ),
    );
  try {
    return await once();
  } catch (error) {
    const isBusy = error instanceof TunesmithError && error.code === 'train/other-tab';
    if (!isBusy || (await isHeld(trainingLockName))) throw error;
    return once();
  }
}

/** What a run left becomes the adapter in use. A control run's is no use, nor is one that took no step: the one before again. */
async function settle(order: RunOrder, steps: number): Promise<void> {
  const { runId, modelName, dataName, control } = order;
  if (control === null && steps > 0) {
    await adoptAdapter({ model: modelName, data: dataName, steps, finishedAt: Date.now() }, runId);
    return;
  }
  await clients().compute.dropAdapter();
  forgetAdapter();
  await restoreAdapter(modelName);
}

/** Carries a run out and stays until it has ended; never rejects. */
export async function carryOut(order: RunOrder): Promise<void> {
  const { runId, series, secondsBefore } = order;
  if (isActive(useRun.getState().status)) return;
  const started = performance.now();
  const shownBefore = shownRun();
  useRun.setState({ status: { kind: 'preparing', runId, phase: 'collecting the rows' }, series, version: 0 });
  // A refresh shows the run that counts again.
  if (order.control === null) rememberShown(runId);
  rememberOwn(runId);
  const takeBack = beginTraining();
  beginPace();
  const events = follow(order);
  try {
    // Comfort: no reason for a run not to begin.
    await sendPace().catch(() => undefined);
    const result = await sent(order, events.take);
    events.flush();
    if (result.reason === 'discarded') {
      rememberShown(shownBefore);
      useRun.setState({ status: { kind: 'idle' } });
      await takeBack().catch(() => undefined);
      announce('The run was discarded.');
    } else {
      const seconds = secondsBefore + (performance.now() - started) / 1000;
      useRun.setState({ status: { kind: 'done', runId, result, seconds } });
      announce(`Training ${result.reason === 'stopped' ? 'stopped' : 'done'} after ${plural(result.steps, 'step')}.`);
      await settle(order, result.steps).catch(setNotice);
    }
  } catch (error) {
    events.flush();
    const record = toErrorRecord(error);
    const step = series.step;
    if (record.code === 'worker/crashed') {
      // Who noticed the death looks for the run, and offers it (startup.ts).
      noteDeath(runId);
      useRun.setState({ status: { kind: 'interrupted', runId, step } });
      return;
    }
    useRun.setState({ status: { kind: 'failed', runId, error: record, step } });
    announce(`Training failed: ${record.message}`);
    // A run that failed later leaves the adapter as it was then: still worth asking, and keeping.
    await (step > 0 ? settle(order, step) : takeBack()).catch(() => undefined);
  } finally {
    tellRunsChanged();
    void lookForOtherTab();
    void refreshStorage();
  }
}
