import * as tf from '@tensorflow/tfjs-core';
import { releaseProxy } from 'comlink';
import { createLora, type LoraAdapter } from '../../src/engine/adapters/lora';
import { openEngine, type BackendOpeners, type Engine } from '../../src/engine/device/openEngine';
import { generate } from '../../src/engine/generate/generate';
import { memoryForecast } from '../../src/engine/memory/memoryForecast';
import type { Model } from '../../src/engine/model/model';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { scoreTable } from '../../src/engine/score/score';
import { trainLoop } from '../../src/engine/train/loop';
import { checkSupported } from '../../src/engine/train/supported';
import { readPeftFolder } from '../../src/formats/peft/adapterFolder';
import { TunesmithError } from '../../src/lib/errors';
import type { ComputeApi } from '../../src/protocol/computeApi';
import type { SamplePrompt } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import { setHubToken } from '../../src/storage/hub/hubToken';
import { DeviceLock } from './deviceLock';
import { exportPeftFolder, type AdapterOrigin } from './exportFolder';
import { inspectModel } from './inspectModel';
import { ModelLoads, openModel, type LoadedModel } from './modelLoads';
import { Batcher } from './throttle';
import { TrainingRun } from './trainingRun';

interface Tuned {
  adapter: LoraAdapter;
  origin: AdapterOrigin;
}

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
  let loaded: LoadedModel | null = null;
  let tuned: Tuned | null = null;
  let run: TrainingRun | null = null;
  let active = false;
  const stopped = new Set<string>();

  const needEngine = (): Engine => {
    if (!engine) throw new TunesmithError('device/none', 'device: none is open; call openDevice first');
    return engine;
  };
  const needModel = (): LoadedModel => {
    if (!loaded) throw new TunesmithError('model/none', 'model: none is loaded; load a model first');
    return loaded;
  };
  const adapterFor = (useAdapter: boolean): LoraAdapter | null => {
    if (!useAdapter) return null;
    if (!tuned) throw new TunesmithError('adapter/none', 'adapter: none is there; train or load one first');
    return tuned.adapter;
  };
  const refuseWhileTraining = (what: string): void => {
    if (active) throw new TunesmithError('train/busy', `${what}: not possible while a run goes on; stop the run first`);
  };
  const replaceAdapter = (next: Tuned | null): void => {
    tuned?.adapter.dispose();
    tuned = next;
  };
  const unload = (): void => {
    replaceAdapter(null);
    loaded?.model.dispose();
    loaded = null;
  };

  const sampleText = async (prompt: SamplePrompt, recipe: Recipe, adapter: LoraAdapter): Promise<string> => {
    const { model, tokenText } = needModel();
    const { text } = await generate(
      model,
      adapter,
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
            loaded = await openModel(opened, source, choice, onProgress, signal);
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
          const { model, folder } = needModel();
          const { facts } = engine as Engine;
          const { recipe, adapter, baseName } = await startingPoint(model, request.recipe, request.adapter);
          const before = tuned;
          tuned = {
            adapter,
            origin: { recipe, dataHash: request.dataHash, steps: 0, baseName: baseName ?? folder.name, revision: null },
          };
          const { origin } = tuned;
          let learned = false;
          try {
            const result = await trainLoop(
              model,
              adapter,
              { ...request, recipe },
              {
                device: { backend: facts.backend, adapter: facts.adapter },
                emit: (event) => {
                  if (event.event === 'step') {
                    learned = true;
                    origin.steps = event.step;
                  }
                  session.emit(event);
                },
                boundary: session.boundary,
                saved: session.saved,
                sample: (prompt) => sampleText(prompt, recipe, adapter),
              },
            );
            learned = true;
            origin.steps = result.steps;
            return result;
          } finally {
            // A run that failed before it learned anything leaves the adapter that was there.
            if (learned) before?.adapter.dispose();
            else {
              adapter.dispose();
              tuned = before;
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
      lock.run(() => scoreTable(needModel().model, adapterFor(useAdapter), examples, { batchSize })),

    generate: (request, onText) =>
      lock.run(async () => {
        const { model, tokenText } = needModel();
        const text = new Batcher<[string, number]>((all) => {
          const last = all.at(-1);
          if (last) return onText(...last);
        }, textEveryMs);
        try {
          return await generate(
            model,
            adapterFor(request.useAdapter),
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

    hasAdapter: () => Promise.resolve(tuned !== null),

    loadAdapter: async (files) => {
      refuseWhileTraining('loading an adapter');
      return lock.run(async () => {
        const { model } = needModel();
        const { config, pairs } = await readPeftFolder(files);
        const adapter = createLora(model, config, { values: pairs });
        const origin = {
          recipe: null,
          dataHash: '',
          steps: 0,
          baseName: config.base_model_name_or_path,
          revision: config.revision,
        };
        replaceAdapter({ adapter, origin });
      });
    },

    dropAdapter: async () => {
      refuseWhileTraining('dropping the adapter');
      return lock.run(() => Promise.resolve(replaceAdapter(null)));
    },

    exportAdapter: () =>
      lock.run(async () => {
        const { folder } = needModel();
        if (!tuned)
          throw new TunesmithError('adapter/none', 'adapter: none is there to export; train or load one first');
        return exportPeftFolder(tuned.adapter, tuned.origin, folder);
      }),

    memory: () => {
      const { bytes = 0, peakBytes = 0, reservedBytes = 0 } = engine?.memory.read() ?? {};
      const { numTensors } = tf.memory();
      return Promise.resolve({ tensors: numTensors, deviceBytes: bytes, peakDeviceBytes: peakBytes, reservedBytes });
    },

    resetPeakMemory: () => Promise.resolve(engine?.memory.resetPeak()),
  };
}

/** The adapter that a run begins with, and the recipe that describes it: a given adapter's own settings win. */
async function startingPoint(
  model: Model,
  recipe: Recipe,
  files: Parameters<ComputeApi['train']>[0]['adapter'],
): Promise<{ recipe: Recipe; adapter: LoraAdapter; baseName: string | null }> {
  checkSupported(recipe);
  if (!files) {
    const adapter = createLora(model, recipe.adapter, { seed: recipe.training.seed });
    return { recipe, adapter, baseName: null };
  }
  const { config, pairs } = await readPeftFolder(files);
  const { r, lora_alpha, target_modules, use_rslora, use_dora } = config;
  const complete: Recipe = {
    ...recipe,
    adapter: { ...recipe.adapter, r, lora_alpha, target_modules, use_rslora, use_dora },
  };
  checkSupported(complete);
  const adapter = createLora(model, complete.adapter, { values: pairs });
  return { recipe: complete, adapter, baseName: config.base_model_name_or_path };
}

/** Lets the page's end of a callback go; a callback in the same realm (tests) has none. */
function release(callback: unknown): void {
  const proxy = callback as { [releaseProxy]?: () => void };
  proxy[releaseProxy]?.();
}
