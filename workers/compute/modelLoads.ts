import type { Engine } from '../../src/engine/device/openEngine';
import { chooseFormat } from '../../src/engine/memory/chooseFormat';
import { availableBytes } from '../../src/engine/memory/deviceMemory';
import { loadModel } from '../../src/engine/model/loadModel';
import type { Model } from '../../src/engine/model/model';
import type { ModelConfig } from '../../src/engine/model/modelConfig';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import type { LoadChoice } from '../../src/protocol/computeApi';
import type { LoadProgress, ModelSource } from '../../src/protocol/model';
import { openModelSource, type ModelFolder } from '../../src/storage/modelSource';
import { openWeights, requiredJson } from './modelFiles';
import { Batcher } from './throttle';
import { openTokenText, type TokenText } from './tokenText';

/** A model on the device, and the folder that it came from. */
export interface LoadedModel {
  folder: ModelFolder;
  model: Model;
  tokenText: () => TokenText;
}

const progressEveryMs = 100;

/** Loads that are under way or waiting, so that they can be cancelled. */
export class ModelLoads {
  readonly #running = new Set<AbortController>();

  cancel(): void {
    for (const load of this.#running) load.abort();
  }

  /** Runs a load; `signal` is told when it is cancelled, now or while it waits for its turn. */
  async run<T>(load: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const abort = new AbortController();
    this.#running.add(abort);
    try {
      return await load(abort.signal);
    } finally {
      this.#running.delete(abort);
    }
  }
}

/** The configuration of a model folder. Throws `model/missing-file`, `model/bad-json`, `model/config`, `model/unsupported`. */
export async function readConfig(folder: ModelFolder): Promise<ModelConfig> {
  const generation = await folder.readJson('generation_config.json');
  return parseModelConfig(await requiredJson(folder, 'config.json'), generation);
}

/**
 * Opens a model: configuration, tokenizer and the heads of the weight files first, so that what is wrong with them shows before
 * anything large is read or allocated. Errors: those of {@link readConfig}, the tokenizer, {@link openWeights} and loadModel.
 */
export async function openModel(
  { kernels, facts }: Engine,
  source: ModelSource,
  { dtype = 'auto', limitBytes = null }: LoadChoice & { limitBytes?: number | null },
  onProgress: (progress: LoadProgress) => unknown,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const progress = new Batcher<LoadProgress>((all) => {
    const last = all.at(-1);
    if (last) return onProgress(last);
  }, progressEveryMs);
  try {
    const folder = openModelSource(source, { signal });
    const config = await readConfig(folder);
    const choice = chooseFormat(config, dtype, kernels.weightFormats, availableBytes(facts.backend, limitBytes));
    const tokenText = await openTokenText(folder);
    const weights = await openWeights(folder, (loadedBytes, totalBytes, detail) =>
      progress.push({ phase: 'download', loadedBytes, totalBytes, detail }),
    );
    const model = await loadModel(kernels, config, weights, {
      name: source.name,
      format: choice.format,
      formatReason: choice.reason,
      signal,
      onProgress: (loadedBytes, totalBytes, detail) =>
        progress.push({ phase: 'load', loadedBytes, totalBytes, detail }),
    });
    return { folder, model, tokenText };
  } finally {
    await progress.end();
  }
}
