import * as tf from '@tensorflow/tfjs-core';
import { releaseProxy } from 'comlink';
import { createLora, type LoraAdapter } from '../../src/engine/adapters/lora';
import { openEngine, type BackendOpeners, type Engine } from '../../src/engine/device/openEngine';
import { generate } from '../../src/engine/generate/generate';
import { memoryForecast } from '../../src/engine/memory/memoryForecast';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { scoreTable } from '../../src/engine/score/score';
import { trainLoop } from '../../src/engine/train/loop';
import type { Trainable } from '../../src/engine/train/trainable';
import { readPeftFolder } from '../../src/formats/peft/adapterFolder';
import { TunesmithError } from '../../src/lib/errors';
import type { ComputeApi } from '../../src/protocol/computeApi';
import type { SamplePrompt } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import { setHubToken } from '../../src/storage/hub/hubToken';
import { DeviceLock } from './deviceLock';
import { exportPeftFolder } from './exportFolder';
import { exportModelFolder, type FolderExport } from './exportModel';
import { inspectModel } from './inspectModel';
import { ModelLoads, openModel, type LoadedModel } from './modelLoads';
import { startingPoint } from './startingPoint';
import { Batcher } from './throttle';
import { TrainingRun } from './trainingRun';
import { TunedState, type Tuned } from './tunedState';

/** Streamed text reaches the page at most every 50 ms. */
const textEveryMs = 50;

/**
 * The compute worker's verbs over the engine: which model and adapter are loaded, who has the device, which run is on.
 * `openers` say how backends are opened on this platform.
 */
export function createCompute(openers: BackendOpeners): ComputeApi {
  const lock = new DeviceLock();
  const loads = new ModelLoads();
  let choice: string | null = null;
  let engine: Engine | null = null;
  const state = new TunedState();
  let exporting: FolderExport | null = null;
  let run: TrainingRun | null = null;
  let active = false;
  const stopped = new Set<string>();

  const needEngine = (): Engine => {
    if (!engine) throw new TunesmithError('device/none', 'device: none is open; call openDevice first');
    return engine;
  };
  const refuseWhileTraining = (what: string): void => {
    if (active) throw new TunesmithError('train/busy', `${what}: not possible while a run goes on; stop the run first`);
  };
  const unload = (): void => {
    exporting = null;
    state.unload();
  };
  /** Runs and adapters begin with the base: weights that an earlier run changed give way to it. */
  const baseAgain = async (): Promise<LoadedModel> => {
    exporting = null;
    await state.restoreBase();
    return state.need();
  };

  const sampleText = async (prompt: SamplePrompt, recipe: Recipe, lora: LoraAdapter | null): Promise<string> => {
    const { model, tokenText } = state.need();
    const { text } = await generate(
      model,
      lora,
      {
        promptIds: prompt.promptIds,
        max_new_tokens: recipe.generation.max_new_tokens,
        // Greedy, so that a change from one sample to the next is a change of the model.
        temperature: 0,
        top_k: 0,
        top_p: 1,
        min_p: 0,
        repetition_penalty: 1,
        seed: 0,
        stopStrings: [],
        eosTokenIds: model.config.eosTokenIds,
      },
      { decoder: tokenText() },
    );
    return text;
  };

  return {
    openDevice: (wanted) =>
      lock.run(async () => {
        if (engine && choice === wanted) return engine.facts;
        refuseWhileTraining('opening a device');
        unload();
        await engine?.close();
        engine = null;
        engine = await openEngine(wanted, openers);
        choice = wanted;
        return engine.facts;
      }),

    setHubToken: (endpoint, token) => Promise.resolve().then(() => setHubToken(endpoint, token)),

    loadModel: async (source, choice, onProgress) => {
      refuseWhileTraining('loading a model');
      try {
        return await loads.run((signal) =>
          lock.run(async () => {
            const opened = needEngine();
            unload();
            const loaded = await openModel(opened, source, choice, onProgress, signal);
            const again = { dtype: loaded.model.facts.weightDtype };
            const never = new AbortController().signal;
            state.loaded(loaded, () => openModel(opened, source, again, () => undefined, never));
            return loaded.model.facts;
          }),
        );
      } finally {
        release(onProgress);
      }
    },

    cancelLoad: () => Promise.resolve(loads.cancel()),

    inspectModel: (source, recipe) => Promise.resolve().then(() => inspectModel(needEngine(), source, recipe)),

    forecastMemory: (config, recipe) =>
      Promise.resolve().then(() => {
        const { kernels, facts } = needEngine();
        return memoryForecast(parseModelConfig(config), recipe, facts.backend, kernels.weightFormats);
      }),

    train: async (request, onEvent) => {
      refuseWhileTraining('a second run');
      active = true;
      const session = new TrainingRun(request.runId, lock, onEvent);
      run = session;
      try {
        return await lock.run(async () => {
          const { model, folder } = await baseAgain();
          const { facts } = engine as Engine;
          const { recipe, trained, baseName, warnings } = await startingPoint(model, request.recipe, request.adapter);
          const before = state.tuned;
          const { dataHash } = request;
          const origin = { recipe, dataHash, steps: 0, baseName: baseName ?? folder.name, revision: null };
          const next = tunedBy(trained, origin);
          state.tuned = next;
          let learned = false;
          let begun = false;
          try {
            const result = await trainLoop(
              model,
              trained,
              { ...request, recipe },
              {
                device: { backend: facts.backend, adapter: facts.adapter },
                emit: (event) => {
                  if (event.event === 'step') {
                    learned = true;
                    origin.steps = event.step;
                  }
                  session.emit(event);
                  if (event.event === 'start') for (const warning of warnings) session.emit(warning);
                },
                boundary: (at) => {
                  begun = true;
                  return session.boundary(at);
                },
                saved: session.saved,
                sample: (prompt) => sampleText(prompt, recipe, trained.lora),
              },
            );
            learned = true;
            origin.steps = result.steps;
            return result;
          } finally {
            // A run that failed before it learned anything leaves the adapter that was there.
            if (learned) freeAdapter(before);
            else if (next.kind === 'model' && (begun || request.checkpoint)) {
              // The weights may have changed already.
              freeAdapter(before);
              await state.restoreBase();
            } else {
              freeAdapter(next);
              state.tuned = before;
            }
          }
        });
      } finally {
        active = false;
        await session.end();
        release(onEvent);
      }
    },

    control: (runId, order) => {
      if (!run || run.runId !== runId || !active)
        return Promise.reject(
          new TunesmithError('train/no-run', `run ${runId}: it is not going on; it may have ended by itself`),
        );
      run.control(order);
      return Promise.resolve();
    },

    checkpoint: () => run?.checkpoint() ?? Promise.resolve(null),

    score: ({ examples, batchSize, useAdapter }) =>
      lock.run(async () => {
        const { model, lora } = await state.side(useAdapter, active);
        return scoreTable(model, lora, examples, { batchSize });
      }),

    generate: (request, onText) =>
      lock.run(async () => {
        const { tokenText } = state.need();
        const text = new Batcher<[string, number]>((all) => {
          const last = all.at(-1);
          if (last) return onText(...last);
        }, textEveryMs);
        try {
          const { model, lora } = await state.side(request.useAdapter, active);
          return await generate(
            model,
            lora,
            { ...request, eosTokenIds: model.config.eosTokenIds },
            {
              decoder: tokenText(),
              onToken: (...now) => text.push(now),
              stopped: () => stopped.has(request.id),
            },
          );
        } finally {
          stopped.delete(request.id);
          await text.end();
          release(onText);
        }
      }),

    stopGeneration: (id) => {
      stopped.add(id);
      return Promise.resolve();
    },

    hasAdapter: () => Promise.resolve(state.tuned !== null),

    tunedKind: () => Promise.resolve(state.tuned?.kind ?? null),

    loadAdapter: async (files) => {
      refuseWhileTraining('loading an adapter');
      return lock.run(async () => {
        const { config, pairs } = await readPeftFolder(files);
        const { model } = await baseAgain();
        const adapter = createLora(model, config, { values: pairs });
        const origin = {
          recipe: null,
          dataHash: '',
          steps: 0,
          baseName: config.base_model_name_or_path,
          revision: config.revision,
        };
        await state.replace({ kind: 'adapter', adapter, origin });
      });
    },

    dropAdapter: async () => {
      refuseWhileTraining('dropping the adapter');
      exporting = null;
      return lock.run(() => state.replace(null));
    },

    exportAdapter: () =>
      lock.run(async () => {
        const { folder } = state.need();
        const { tuned } = state;
        if (tuned?.kind !== 'adapter')
          throw new TunesmithError('adapter/none', 'adapter: none is there to export; train or load one first');
        return exportPeftFolder(tuned.adapter, tuned.origin, folder);
      }),

    openExport: async () => {
      refuseWhileTraining('exporting the model');
      return lock.run(async () => {
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
      lock.run(async () => {
        if (!exporting) throw new TunesmithError('export/closed', `${name}: the model has changed; export it again`);
        return exporting.read(name, start, end);
      }),

    resumeRun: () => Promise.reject(notYet('resumeRun')),
    setPace: () => Promise.reject(notYet('setPace')),
    aliveLock: () => Promise.resolve(null),
    checkGradients: () => Promise.reject(notYet('checkGradients')),
    suggestFit: () => Promise.reject(notYet('suggestFit')),
    limitMemory: () => Promise.reject(notYet('limitMemory')),

    memory: () => {
      const { bytes = 0, peakBytes = 0, reservedBytes = 0 } = engine?.memory.read() ?? {};
      const { numTensors } = tf.memory();
      return Promise.resolve({ tensors: numTensors, deviceBytes: bytes, peakDeviceBytes: peakBytes, reservedBytes });
    },

    resetPeakMemory: () => Promise.resolve(engine?.memory.resetPeak()),
  };
}

const notYet = (verb: string): TunesmithError => new TunesmithError('internal/not-yet', `${verb}: being built`);

const freeAdapter = (tuned: Tuned | null): void => {
  if (tuned?.kind === 'adapter') tuned.adapter.dispose();
};

const tunedBy = ({ lora }: Trainable, origin: Tuned['origin']): Tuned =>
  lora ? { kind: 'adapter', adapter: lora, origin } : { kind: 'model', origin };

/** Lets the page's end of a callback go; a callback in the same realm (tests) has none. */
function release(callback: unknown): void {
  const proxy = callback as { [releaseProxy]?: () => void };
  proxy[releaseProxy]?.();
}
