import * as tf from '@tensorflow/tfjs-core';
import { releaseProxy } from 'comlink';
import type { BackendOpeners } from '../../src/engine/device/openEngine';
import { generate } from '../../src/engine/generate/generate';
import { scoreTable } from '../../src/engine/score/score';
import { readPeftFolder } from '../../src/formats/peft/adapterFolder';
import { again } from '../../src/kernels/fallback/again';
import { TunesmithError } from '../../src/lib/errors';
import type { ComputeApi } from '../../src/protocol/computeApi';
import type { Pace } from '../../src/protocol/run';
import { setHubToken } from '../../src/storage/hub/hubToken';
import { DeviceLock } from './deviceLock';
import { isDeviceLost } from './deviceLoss';
import { DeviceSlot } from './deviceSlot';
import { exportPeftFolder } from './exportFolder';
import { exportModelFolder, type FolderExport } from './exportModel';
import { checkGradients } from './gradientCheck';
import { inspectModel } from './inspectModel';
import { keptModel } from './keepTuned';
import { MemoryVerbs } from './memoryVerbs';
import { ModelLoads, openModel } from './modelLoads';
import { withLoadSuggestion } from './outOfMemory';
import type { RunKeeper } from './runKeeper';
import { Runs } from './runs';
import { Batcher } from './throttle';
import { TunedState } from './tunedState';
import { holdWhileAlive, type Locks } from './webLocks';

/** Streamed text reaches the page at most every 50 ms. */
const textEveryMs = 50;

/** What the platform offers beside devices. */
export interface Surroundings {
  /** Where runs are kept; null: nowhere. */
  keeper: RunKeeper | null;
  /** By which tabs see each other; null: they do not. */
  locks: Locks;
}

/**
 * The compute worker's verbs over the engine: which model and adapter are loaded, who has the device. Runs are in runs.ts.
 * `openers` say how backends are opened on this platform.
 */
export function createCompute(
  openers: BackendOpeners,
  { keeper, locks }: Surroundings = { keeper: null, locks: null },
): ComputeApi {
  const lock = new DeviceLock();
  const loads = new ModelLoads();
  const state = new TunedState();
  let pace: Pace = 'full';
  let exporting: FolderExport | null = null;
  let alive: Promise<string | null> | null = null;
  const stopped = new Set<string>();
  const memory: MemoryVerbs = new MemoryVerbs(() => slot.need(), state);
  const slot = new DeviceSlot(openers, (engine) => {
    memory.opened(engine);
    engine.setPace?.(pace);
  });
  const runs = new Runs({ slot, state, lock, memory, keeper, locks });

  const restore = (): Promise<unknown> =>
    state.restore(
      () => slot.reopen(),
      () => undefined,
    );
  /** Work with the device, in its turn. If the device is lost meanwhile, a new one is opened, and the work done again. */
  const onDevice = <T>(work: () => Promise<T>): Promise<T> =>
    lock.run(async () => {
      try {
        if (state.isAway && !runs.active) await restore();
        return await again(work);
      } catch (error) {
        // A run that goes on restores the device by itself.
        if (!isDeviceLost(error) || runs.active) throw error;
        if (await restore()) throw tunedIsLost(error);
        return again(work);
      }
    });

  return {
    openDevice: (wanted) =>
      lock.run(async () => {
        if (slot.engine && slot.isOpen(wanted)) return slot.engine.facts;
        runs.refuseWhileTraining('opening a device');
        exporting = null;
        state.unload();
        return slot.open(wanted);
      }),

    setHubToken: (endpoint, token) => Promise.resolve().then(() => setHubToken(endpoint, token)),

    loadModel: async (source, choice, onProgress) => {
      runs.refuseWhileTraining('loading a model');
      try {
        return await loads.run((signal) =>
          onDevice(async () => {
            exporting = null;
            state.unload();
            const { limitBytes } = memory;
            const loaded = await openModel(slot.need(), source, { ...choice, limitBytes }, onProgress, signal);
            const again = { dtype: loaded.model.facts.weightDtype };
            const never = new AbortController().signal;
            state.loaded(loaded, (onBytes) =>
              openModel(slot.need(), source, again, (at) => onBytes(at.loadedBytes, at.totalBytes), never),
            );
            return loaded.model.facts;
          }),
        );
      } catch (error) {
        throw await withLoadSuggestion(error, source, choice, memory);
      } finally {
        release(onProgress);
      }
    },

    cancelLoad: () => Promise.resolve(loads.cancel()),

    inspectModel: (source, recipe) => Promise.resolve().then(() => inspectModel(memory.device(), source, recipe)),

    forecastMemory: (...of) => Promise.resolve().then(() => memory.forecast(...of)),

    train: async (request, onEvent) => {
      try {
        exporting = null;
        return await runs.train(request, onEvent);
      } finally {
        release(onEvent);
      }
    },

    resumeRun: async (request, onEvent) => {
      try {
        exporting = null;
        return await runs.resume(request, onEvent);
      } finally {
        release(onEvent);
      }
    },

    control: (runId, order) => Promise.resolve().then(() => runs.control(runId, order)),

    checkpoint: () => runs.checkpoint(),

    setPace: (wanted) => {
      pace = wanted;
      return Promise.resolve(slot.engine?.setPace?.(wanted));
    },

    aliveLock: () => (alive ??= holdWhileAlive(locks)),

    score: ({ examples, batchSize, useAdapter }) =>
      onDevice(async () => {
        const { model, lora } = await state.side(useAdapter, runs.active);
        return scoreTable(model, lora, examples, { batchSize });
      }),

    generate: async (request, onText) => {
      const text = new Batcher<[string, number]>((all) => {
        const last = all.at(-1);
        if (last) return onText(...last);
      }, textEveryMs);
      try {
        return await onDevice(async () => {
          const { tokenText } = state.need();
          const { model, lora } = await state.side(request.useAdapter, runs.active);
          return generate(
            model,
            lora,
            { ...request, eosTokenIds: model.config.eosTokenIds },
            {
              decoder: tokenText(),
              onToken: (...now) => text.push(now),
              stopped: () => stopped.has(request.id),
            },
          );
        });
      } finally {
        stopped.delete(request.id);
        await text.end();
        release(onText);
      }
    },

    stopGeneration: (id) => {
      stopped.add(id);
      return Promise.resolve();
    },

    hasAdapter: () => Promise.resolve(state.tuned !== null),

    tunedKind: () => Promise.resolve(state.tuned?.kind ?? null),

    loadAdapter: async (files) => {
      runs.refuseWhileTraining('loading an adapter');
      return onDevice(async () => {
        const { config, pairs } = await readPeftFolder(files);
        state.need();
        const { base_model_name_or_path: baseName, revision } = config;
        const origin = { recipe: null, dataHash: '', steps: 0, baseName, revision };
        exporting = null;
        await state.putBack({ settings: config, values: pairs, origin });
      });
    },

    loadRunModel: async (runId) => {
      runs.refuseWhileTraining('loading a tuned model');
      return onDevice(async () => {
        if (!keeper)
          throw new TunesmithError('storage/unavailable', `run ${runId}: this platform keeps no runs; train it again`);
        const copy = await keptModel(keeper, runId, state.need().folder.name);
        exporting = null;
        await state.putBack(copy);
      });
    },

    dropAdapter: async () => {
      runs.refuseWhileTraining('dropping the adapter');
      exporting = null;
      return onDevice(() => state.putBack(null));
    },

    exportAdapter: () =>
      onDevice(async () => {
        const { folder } = state.need();
        const { tuned } = state;
        if (tuned?.kind !== 'adapter')
          throw new TunesmithError('adapter/none', 'adapter: none is there to export; train or load one first');
        return exportPeftFolder(tuned.adapter, tuned.origin, folder);
      }),

    openExport: async () => {
      runs.refuseWhileTraining('exporting the model');
      return onDevice(async () => {
        const { folder, model } = state.need();
        if (state.tuned?.kind !== 'model')
          throw new TunesmithError(
            'export/no-model',
            'model: its weights are as they were loaded; train all of them first (adapter.kind "none")',
          );
        exporting = await exportModelFolder(model, state.tuned.origin, folder);
        return exporting.files;
      });
    },

    readExport: (name, start, end) =>
      onDevice(async () => {
        if (!exporting) throw new TunesmithError('export/closed', `${name}: the model has changed; export it again`);
        return exporting.read(name, start, end);
      }),

    checkGradients: async (request, onProgress) => {
      try {
        runs.refuseWhileTraining('checking gradients');
        return await onDevice(() => checkGradients(state.need().model, request, onProgress));
      } finally {
        release(onProgress);
      }
    },
    suggestFit: (...of) => Promise.resolve().then(() => memory.suggest(...of)),
    limitMemory: (bytes) => Promise.resolve().then(() => memory.limit(bytes, slot.engine)),

    memory: () => {
      const { bytes = 0, peakBytes = 0, reservedBytes = 0 } = slot.engine?.memory.read() ?? {};
      const { numTensors } = tf.memory();
      return Promise.resolve({ tensors: numTensors, deviceBytes: bytes, peakDeviceBytes: peakBytes, reservedBytes });
    },

    resetPeakMemory: () => Promise.resolve(slot.engine?.memory.resetPeak()),
  };
}

const tunedIsLost = (cause: TunesmithError): TunesmithError =>
  new TunesmithError(
    'device/lost',
    `${cause.message}. A new device is open with the base model, but what was tuned is lost with the old one; continue its run from the last checkpoint, or train again`,
    { cause },
  );

/** Lets the page's end of a callback go; a callback in the same realm (tests) has none. */
function release(callback: unknown): void {
  const proxy = callback as { [releaseProxy]?: () => void };
  proxy[releaseProxy]?.();
}
