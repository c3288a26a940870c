import type { Checkpoint } from '../../src/engine/checkpoint/document';
import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { trainLoop, type LoopHooks } from '../../src/engine/train/loop';
import { phaseReporter } from '../../src/engine/train/phases';
import type { TunesmithError } from '../../src/lib/errors';
import { rangedBytes } from '../../src/lib/ranged';
import type { ExampleTable } from '../../src/protocol/example';
import type { RunControlKind, RunEventBody } from '../../src/protocol/run';
import type { FolderFile, SamplePrompt, TrainEventBody, TrainResult } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import { Losses, isDeviceLost } from './deviceLoss';
import type { DeviceSlot } from './deviceSlot';
import type { AdapterOrigin } from './exportFolder';
import { FallbackWarnings } from './fallbackWarnings';
import { heldDocument } from './heldDocument';
import type { OpenedCheckpoint } from './runKeeper';
import type { RunProgress } from './runProgress';
import type { RunStorage } from './runStorage';
import { sampleAnswer } from './sampleAnswer';
import { startingPoint } from './startingPoint';
import { toldUntil } from './toldUntil';
import type { TrainingRun } from './trainingRun';
import type { TunedState } from './tunedState';

/** What a run is to do. */
export interface Job {
  recipe: Recipe;
  train: ExampleTable;
  validation: ExampleTable | null;
  samples: SamplePrompt[];
  samplePool: SamplePrompt[];
  dataHash: string;
  control: RunControlKind | null;
  /** The adapter that it begins with. */
  adapter: FolderFile[] | null;
  /** Where it goes on. */
  checkpoint: Checkpoint | null;
  /** What it begins with follows from recipe and seed. */
  startsFresh: boolean;
}

/** Who takes part in it. */
export interface Stage {
  slot: DeviceSlot;
  state: TunedState;
  session: TrainingRun;
  progress: RunProgress;
  /** Null: the caller keeps it. */
  storage: RunStorage | null;
  /** The complete recipe is known, and the loop has accepted it. */
  started(start: Extract<TrainEventBody, { event: 'start' }>, recipe: Recipe): void;
  /** The loop has ended, and what it tuned is on the device: the place to keep it. Throws `device/lost`. */
  ended(): Promise<void>;
}

/** The memory is told at most this often. */
const memoryEveryMs = 1000;

/**
 * Trains to the end; a lost device is opened anew, and the run goes on from its last checkpoint. Afterwards what was learned is
 * what is tuned; a run that was discarded, or failed before it learned anything, leaves what was tuned before.
 */
export async function runTraining(job: Job, stage: Stage): Promise<TrainResult> {
  const { state, session, progress } = stage;
  state.need();
  const before = state.setAside();
  const losses = new Losses();
  const fallbacks = new FallbackWarnings((warning) => publish(stage, warning));
  let { checkpoint } = job;
  let lost: TunesmithError | null = null;
  const unchanged = (): boolean => !progress.begun && checkpoint === null;
  try {
    for (;;) {
      try {
        if (lost) checkpoint = await goOn(job, stage, lost.message);
        lost = null;
        const result = await attempt(job, checkpoint, stage, fallbacks);
        if (result.reason === 'discarded') await state.putBack(before, unchanged());
        else {
          await stage.ended();
          await state.settle();
        }
        return result;
      } catch (error) {
        if (!isDeviceLost(error) || session.discarding) throw error;
        if (!losses.allows(progress.step)) throw Losses.tooMany(error, progress.step);
        lost = error;
      }
    }
  } catch (error) {
    if (lost || isDeviceLost(error)) {
      // There is no device to put anything on.
      state.abandon(progress.learned && !session.discarding ? null : before);
      if (session.discarding) return { reason: 'discarded', steps: progress.step, bestStep: null };
    } else if (progress.learned) await state.settle().catch(() => undefined);
    else await state.putBack(before, unchanged()).catch(() => state.abandon(before));
    throw error;
  } finally {
    fallbacks.end();
  }
}

/** From a checkpoint, or the beginning, to the end. */
async function attempt(
  job: Job,
  checkpoint: Checkpoint | null,
  stage: Stage,
  fallbacks: FallbackWarnings,
): Promise<TrainResult> {
  const { slot, state, progress } = stage;
  const { facts } = slot.need();
  await state.restoreBase();
  const { model, folder } = state.need();
  const { recipe, trained, baseName, warnings } = await startingPoint(model, job.recipe, job.adapter);
  const { lora } = trained;
  const origin: AdapterOrigin = {
    recipe,
    dataHash: job.dataHash,
    steps: progress.step,
    baseName: baseName ?? folder.name,
    revision: null,
  };
  state.training(lora ? { kind: 'adapter', adapter: lora, origin } : { kind: 'model', origin });
  const aborted = (): boolean => stage.session.discarding;
  const result = await trainLoop(
    model,
    trained,
    { ...job, recipe, checkpoint, startsAsBase: job.startsFresh },
    {
      device: { backend: facts.backend, adapter: facts.adapter },
      ...eventHooks(stage, origin, () => {
        for (const warning of warnings) publish(stage, warning);
        fallbacks.begin(slot.need());
      }),
      ...boundaryHooks(job, stage),
      sample: (prompt) => sampleAnswer(state.need(), lora, prompt, recipe, aborted),
      sampleBase: (prompt) =>
        lora ? sampleAnswer(state.need(), null, prompt, recipe, aborted) : Promise.resolve(null),
      aborted,
      breathe: () => model.kernels.breathe?.() ?? Promise.resolve(),
    },
  );
  if (result.reason !== 'discarded') progress.learned = true;
  origin.steps = result.steps;
  return result;
}

/** Events out: to the page, and to storage. The end waits until all is kept; a kept checkpoint is told when it is on disk. */
function eventHooks(stage: Stage, origin: AdapterOrigin, afterStart: () => void): Pick<LoopHooks, 'emit'> {
  const { slot, session, storage, progress } = stage;
  let memoryTold = 0;
  const tellMemory = (): void => {
    memoryTold = performance.now();
    const { bytes, peakBytes, reservedBytes } = slot.need().memory.read();
    const told = { deviceBytes: bytes, peakDeviceBytes: peakBytes, reservedBytes };
    publish(stage, { event: 'memory', step: progress.step, ...told });
  };
  return {
    emit(event) {
      progress.take(event);
      origin.steps = progress.step;
      if (event.event === 'end') {
        // What it took at most, however short it was.
        tellMemory();
        progress.end = event;
        return;
      }
      if (event.event === 'start') {
        if (!progress.started && origin.recipe) {
          progress.started = true;
          stage.started(event, origin.recipe);
          publish(stage, event);
        }
        afterStart();
        return;
      }
      if (event.event === 'checkpoint' && storage) return;
      publish(stage, event);
      if (performance.now() - memoryTold >= memoryEveryMs && !session.discarding) tellMemory();
    },
  };
}

function boundaryHooks(
  job: Job,
  { session, storage, progress }: Stage,
): Pick<LoopHooks, 'opened' | 'boundary' | 'saved'> {
  let first = true;
  return {
    async opened(at) {
      // Nothing is computed before there is a place for it.
      await storage?.settled();
      if (!storage?.folder || at.step > 0 || job.startsFresh || job.checkpoint !== null) return;
      await storage.checkpoint(0, at.checkpoint());
      await storage.settled();
    },
    async boundary(at) {
      if (first) storage?.update({ status: 'running', error: null });
      first = false;
      progress.reached(at.step);
      return session.boundary(at);
    },
    async saved(document, step) {
      // Not every step is told (logging_steps).
      progress.step = step;
      if (storage) await storage.checkpoint(step, document);
      else session.saved({ step, bytes: await heldDocument(document) });
      return checkpointPath(step);
    },
  };
}

export const checkpointPath = (step: number): string => `checkpoints/step-${step}`;

/** To the page; what belongs to the run's story also to storage. */
export function publish({ session, storage }: Pick<Stage, 'session' | 'storage'>, event: RunEventBody): void {
  if (session.emit(event) && event.event !== 'phase' && event.event !== 'rewind') storage?.push(event);
}

/** After the device was lost: a new one, the model on it again, and the newest checkpoint, to go on from; null: from the beginning. */
async function goOn(job: Job, stage: Stage, problem: string): Promise<Checkpoint | null> {
  const { slot, state, session, storage, progress } = stage;
  const phase = phaseReporter((event) => session.emit(event));
  const lostAt = progress.step;
  phase('load', 0, 0);
  await storage?.settled();
  await state.restore(
    () => slot.reopen(),
    (loadedBytes, totalBytes) => phase('load', loadedBytes, totalBytes),
  );
  phase('restore', 0, 1);
  const passedOver = (step: number, why: string): void =>
    publish(stage, { event: 'warning', code: 'checkpoint/damaged', message: `checkpoint of step ${step}: ${why}` });
  const kept = (await storage?.newest(passedOver)) ?? null;
  const { newest: held } = session;
  const remembered = held && held.step > (kept?.step ?? -1) ? await openCheckpoint(rangedBytes(held.bytes)) : null;
  const document = remembered ?? kept?.document ?? job.checkpoint;
  const from: OpenedCheckpoint | null = document && { step: document.step, document };
  const step = from?.step ?? -1;
  const where = from ? `from the checkpoint of step ${step}` : 'from the beginning';
  publish(stage, {
    event: 'warning',
    code: 'device/lost',
    message: `step ${lostAt}: ${problem}. A new device is open, and the run goes on ${where}`,
  });
  const told = toldUntil(from);
  storage?.rewind(told, step);
  session.emit({ event: 'rewind', step: told });
  progress.rewind(step);
  phase('restore', 1, 1);
  return document;
}
