import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { phaseReporter } from '../../src/engine/train/phases';
import { toErrorRecord, TunesmithError } from '../../src/lib/errors';
import { rangedBytes } from '../../src/lib/ranged';
import type { ResumeRequest, RunEvent } from '../../src/protocol/run';
import type { RunControl, TrainRequest, TrainResult } from '../../src/protocol/training';
import type { DeviceLock } from './deviceLock';
import type { DeviceSlot } from './deviceSlot';
import { keepTuned } from './keepTuned';
import type { MemoryVerbs } from './memoryVerbs';
import { withSuggestion } from './outOfMemory';
import { checkModel, checkUnfinished, noStart, otherDevice } from './resumeChecks';
import type { KeptRows, RunKeeper } from './runKeeper';
import { RunProgress } from './runProgress';
import { newRecord } from './runRecord';
import { RunStorage } from './runStorage';
import { checkpointPath, publish, runTraining, type Job, type Stage } from './runTraining';
import { toldUntil } from './toldUntil';
import { TrainingRun } from './trainingRun';
import type { TunedState } from './tunedState';
import { holdRun, type Locks } from './webLocks';

/** What runs have in common with the other verbs. */
export interface Shop {
  slot: DeviceSlot;
  state: TunedState;
  lock: DeviceLock;
  memory: MemoryVerbs;
  /** Null: nothing can be kept on this platform. */
  keeper: RunKeeper | null;
  locks: Locks;
}

type OnEvent = (events: RunEvent[]) => unknown;

/** The verbs of runs: one at a time, here and in all tabs. */
export class Runs {
  #run: TrainingRun | null = null;
  #active = false;

  constructor(private readonly shop: Shop) {}

  get active(): boolean {
    return this.#active;
  }

  /** Throws `train/busy`. */
  refuseWhileTraining(what: string): void {
    if (this.#active)
      throw new TunesmithError('train/busy', `${what}: not possible while a run goes on; stop the run first`);
  }

  control(runId: string, order: RunControl): void {
    if (!this.#run || this.#run.runId !== runId || !this.#active)
      throw new TunesmithError('train/no-run', `run ${runId}: it is not going on; it may have ended by itself`);
    this.#run.control(order);
  }

  checkpoint(): Promise<Uint8Array | null> {
    return this.#run?.checkpoint() ?? Promise.resolve(null);
  }

  train(request: TrainRequest, onEvent: OnEvent): Promise<TrainResult> {
    const { keeper, slot, state } = this.shop;
    const { runId, recipe, train, validation, samples, dataHash, adapter, checkpoint, keep } = request;
    const { samplePool = [], control = null } = request;
    const startsFresh = adapter === null && checkpoint === null;
    const rows: KeptRows = { train, validation, samples, samplePool };
    return this.#conduct(runId, Boolean(keep), onEvent, async (session) => {
      const given = checkpoint && (await openCheckpoint(rangedBytes(checkpoint)));
      const job: Job = { ...rows, recipe, dataHash, control, adapter, checkpoint: given, startsFresh };
      const progress = new RunProgress();
      const storage = keep && keeper ? this.#storage(recipe.training.save_total_limit, session, progress) : null;
      const started: Stage['started'] = (start, complete) => {
        if (!storage || !keep || !keeper) return;
        const model = state.need().model.facts;
        const device = slot.need().facts;
        const from = { runId, keep, recipe: complete, start, model, device, control, startsFresh };
        storage.begin(async () => {
          const examplesHash = await keeper.rowsHash(rows);
          const validationRows = validation?.rows.length ?? 0;
          return keeper.create(await newRecord({ ...from, examplesHash, validationRows }), rows);
        });
      };
      const ended = () => keepTuned({ state, session, storage }, keeper);
      return this.#toItsEnd(job, { slot, state, session, progress, storage, started, ended });
    });
  }

  resume({ runId, step: wanted }: ResumeRequest, onEvent: OnEvent): Promise<TrainResult> {
    const { keeper, slot, state } = this.shop;
    if (!keeper) return Promise.reject(noKeeper(runId));
    return this.#conduct(runId, true, onEvent, async (session) => {
      const { model } = state.need();
      const device = slot.need().facts;
      const folder = await keeper.open(runId);
      const { record } = folder;
      const progress = new RunProgress(record);
      const storage = this.#storage(record.recipe.training.save_total_limit, session, progress);
      storage.begin(() => Promise.resolve(folder));
      await storage.settled();
      const ended = () => keepTuned({ state, session, storage }, keeper);
      const stage: Stage = { slot, state, session, progress, storage, started: () => undefined, ended };
      let job: Job;
      try {
        checkUnfinished(record);
        checkModel(record, model.facts);
        const phase = phaseReporter((event) => session.emit(event));
        phase('restore', 0, 1);
        const rows = await folder.rows();
        const damaged: string[] = [];
        const from =
          wanted === null
            ? await folder.newestCheckpoint(openCheckpoint, (at, why) =>
                damaged.push(`checkpoint of step ${at}: ${why}`),
              )
            : await folder.checkpoint(wanted, openCheckpoint);
        if (!from && !record.startsFresh) throw noStart(record);
        const step = from?.step ?? -1;
        const told = toldUntil(from);
        const events = await folder.rewind(told, step);
        for (const event of events) progress.take(event);
        progress.rewind(step);
        progress.learned = progress.begun = false;
        progress.started = events.some(({ event }) => event === 'start');
        await session.replay(events);
        session.emit({ event: 'rewind', step: told });
        for (const message of damaged) publish(stage, { event: 'warning', code: 'checkpoint/damaged', message });
        const moved = otherDevice(record, device);
        if (moved) publish(stage, moved);
        storage.update({ device: { backend: device.backend, adapter: device.adapter } });
        phase('restore', 1, 1);
        const { recipe, dataHash, startsFresh, control } = record;
        job = { ...rows, recipe, dataHash, control, adapter: null, checkpoint: from?.document ?? null, startsFresh };
      } catch (error) {
        await storage.close();
        throw error;
      }
      return this.#toItsEnd(job, stage);
    });
  }

  /** Holds the locks and the device for a run; afterwards its folder goes where it was discarded. */
  async #conduct(
    runId: string,
    kept: boolean,
    onEvent: OnEvent,
    work: (session: TrainingRun) => Promise<TrainResult>,
  ): Promise<TrainResult> {
    this.refuseWhileTraining('a second run');
    const { lock, locks, keeper, slot, state } = this.shop;
    const session = new TrainingRun(runId, lock, onEvent);
    this.#run = session;
    this.#active = true;
    let free = (): void => undefined;
    try {
      free = await holdRun(locks, kept ? runId : null);
      return await lock.run(async () => {
        // A device that was gone may have come back.
        if (state.isAway)
          await state.restore(
            () => slot.reopen(),
            () => undefined,
          );
        return work(session);
      });
    } finally {
      this.#active = false;
      free();
      await session.end();
      if (kept && keeper && session.discarding) await removeWhenFree(keeper, runId);
    }
  }

  #storage(limit: number | null, session: TrainingRun, progress: RunProgress): RunStorage {
    const storage: RunStorage = new RunStorage(limit, {
      warn: (code, message) => publish({ session, storage }, { event: 'warning', code, message }),
      progress: () => progress.facts(session.trainingMs, this.shop.slot.engine?.memory.read().peakBytes ?? 0),
      announce: (step) => publish({ session, storage }, { event: 'checkpoint', step, path: checkpointPath(step) }),
      remember: (checkpoint) => session.remember(checkpoint),
    });
    return storage;
  }

  /** Trains, and leaves in storage what became of it: status, adapter, times. The end is told when all is kept. */
  async #toItsEnd(job: Job, stage: Stage): Promise<TrainResult> {
    const { session, storage, progress, slot } = stage;
    const facts = () => progress.facts(session.trainingMs, slot.engine?.memory.read().peakBytes ?? 0);
    slot.need().memory.resetPeak();
    session.begin();
    try {
      const result = await runTraining(job, stage);
      if (result.reason !== 'discarded' && storage) {
        // A checkpoint is told before the end.
        await storage.settled();
        if (progress.end) storage.push(progress.end);
        const { steps, bestStep, reason } = result;
        storage.update({ ...facts(), status: reason, error: null, steps, bestStep });
      }
      await storage?.close();
      if (progress.end) session.emit(progress.end);
      return result;
    } catch (error) {
      const told = await withSuggestion(error, job, this.shop.memory);
      // The device may be lost by now: the run's own error says more.
      if (progress.learned) await stage.ended().catch(() => undefined);
      // A run that could not even be continued stays as it was.
      if (progress.ran || job.checkpoint === null)
        storage?.update({ ...facts(), status: 'failed', error: toErrorRecord(told) });
      await storage?.close();
      throw told;
    }
  }
}

/** The lock of the run is free a moment after it was let go. */
async function removeWhenFree(keeper: RunKeeper, runId: string): Promise<void> {
  for (let left = 20; left > 0; left--) {
    try {
      return await keeper.remove(runId);
    } catch (error) {
      // Nothing was kept of it yet; or it is told by who lists the runs.
      if (toErrorRecord(error).code !== 'run/busy') return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const noKeeper = (runId: string): TunesmithError =>
  new TunesmithError('storage/unavailable', `run ${runId}: this platform keeps no runs; start it again`);
