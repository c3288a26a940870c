import { memoryForecast, type ForecastDevice } from '../../src/engine/memory/memoryForecast';
import { storedDtype } from '../../src/engine/model/loadModel';
import { matchWeights, wantedTensors } from '../../src/engine/model/weights';
import type { ModelInspection, ModelSource } from '../../src/protocol/model';
import type { Recipe } from '../../src/recipe/schema';
import { openModelSource } from '../../src/storage/modelSource';
import { openWeights } from './modelFiles';
import { readConfig } from './modelLoads';

/**
 * What a model folder holds and what a run would need, from config.json and the heads of its weight files: no weight is read.
 * Weights that do not fit the configuration are refused as in loading. Errors: those of readConfig, openWeights, matchWeights
 * and memoryForecast.
 */
export async function inspectModel(
  device: ForecastDevice,
  source: ModelSource,
  recipe: Recipe,
): Promise<ModelInspection> {
  const folder = openModelSource(source);
  const config = await readConfig(folder);
  const weights = await openWeights(folder, () => {});
  matchWeights(config, weights);
  return {
    name: source.name,
    architecture: config.architecture,
    parameters: wantedTensors(config).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0),
    dtype: storedDtype(weights),
    vocabSize: config.vocabSize,
    tiedEmbeddings: config.tiedEmbeddings,
    memory: memoryForecast(config, recipe, device),
  };
}
