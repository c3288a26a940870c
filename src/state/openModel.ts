/** Opening a model: device, weights with the adapter that belongs to them, tokenizer, and the data labelled anew. */
import type { WeightDtype } from '../protocol/memory';
import type { ModelSource } from '../protocol/model';
import { restoreAdapter } from './adapterStore';
import { openFile, useDataset } from './datasetStore';
import { openDevice, refreshStorage, useDevice } from './deviceStore';
import { refreshKept } from './keptModels';
import { loadWeights, openTokenizer, useModel } from './modelStore';
import { rememberModel } from './rememberedModel';

/** Weights, then the adapter of an earlier visit where it belongs to them. @param dtype held so; else as the recipe says. */
export async function openWeights(source: ModelSource, dtype?: WeightDtype): Promise<boolean> {
  if (!(await loadWeights(source, dtype))) return false;
  const { weights } = useModel.getState();
  if (weights.kind === 'ready') await restoreAdapter(weights.facts.name);
  return true;
}

/** Device and weights. */
export async function openCompute(source: ModelSource): Promise<boolean> {
  return (await openDevice()) && openWeights(source);
}

/**
 * Puts a model in place of the present one, and labels the data anew with its tokenizer and template. The next visit begins with
 * it. @param dtype its matrices are held so; else as the recipe says.
 */
export async function openModel(source: ModelSource, dtype?: WeightDtype): Promise<void> {
  useModel.setState({ lost: null });
  const hasDevice = useDevice.getState().status.kind === 'ready';
  const weights = hasDevice ? openWeights(source, dtype) : openCompute(source);
  if (await openTokenizer(source)) {
    const { file } = useDataset.getState();
    if (file) await openFile(file, false);
  }
  if (await weights) await rememberModel(source);
  await Promise.all([refreshKept(), refreshStorage()]);
}
