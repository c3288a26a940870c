/** What happens when the page opens, and what the page does when a worker dies or the tab closes. */
import { restoreAdapter } from './adapterStore';
import { onWorkerCrash, restartWorker, type WorkerName } from './clients';
import { openFile, relabelIfNeeded, useDataset } from './datasetStore';
import { openDevice, refreshStorage, useDevice } from './deviceStore';
import { ensureIsolation } from './isolation';
import { refreshKept } from './keptModels';
import { builtinSource, loadWeights, openTokenizer, useModel } from './modelStore';
import type { ModelSource } from '../protocol/model';
import { restoreData } from './openData';
import { restoreRecipe, useRecipe } from './recipeStore';
import { firstModel, rememberModel } from './rememberedModel';
import { isActive, useRun } from './runStore';
import { loadSamples, openLastSample } from './samplesStore';
import { setNotice } from './viewStore';

/** The kept file of an earlier visit, else a sample set. */
async function openFirstData(): Promise<void> {
  if (!(await restoreData())) await openLastSample();
}

/** Weights, then the adapter of an earlier visit where it belongs to them. */
async function openWeights(source: ModelSource): Promise<boolean> {
  if (!(await loadWeights(source))) return false;
  const { weights } = useModel.getState();
  if (weights.kind === 'ready') await restoreAdapter(weights.facts.name);
  return true;
}

/** Device and weights. */
async function openCompute(source: ModelSource): Promise<boolean> {
  return (await openDevice()) && openWeights(source);
}

/**
 * Puts a model in place of the present one, and labels the data anew with its tokenizer and template. The next visit begins with
 * it.
 */
export async function openModel(source: ModelSource): Promise<void> {
  useModel.setState({ lost: null });
  const hasDevice = useDevice.getState().status.kind === 'ready';
  const weights = hasDevice ? openWeights(source) : openCompute(source);
  if (await openTokenizer(source)) {
    const { file } = useDataset.getState();
    if (file) await openFile(file, false);
  }
  if (await weights) rememberModel(source);
  await Promise.all([refreshKept(), refreshStorage()]);
}

/** Loads the weights again where the recipe's `model.dtype` has become another one, as soon as no run uses them. */
function followDtype(): void {
  const { source, weights, dtype } = useModel.getState();
  const isSettled = weights.kind === 'ready' || weights.kind === 'failed';
  if (!source || !isSettled || isActive(useRun.getState().status)) return;
  if (useRecipe.getState().recipe.model.dtype !== dtype) void openWeights(source);
}

/** After a crash, or when a person asks for it: a fresh worker, brought to where the old one was, runs excepted. */
export async function restart(name: WorkerName): Promise<void> {
  restartWorker(name);
  const source = useModel.getState().source ?? builtinSource();
  if (name === 'compute') await openCompute(source);
  else await openModel(source);
}

let started = false;

/** Opens everything for a first visit. Called once; failures end up in their panes. */
export async function startup(): Promise<void> {
  if (started || (await ensureIsolation())) return;
  started = true;
  restoreRecipe();
  onWorkerCrash((name, error) => {
    if (name === 'compute') useDevice.setState({ status: { kind: 'failed', error: error.toRecord() } });
    else setNotice(error);
  });
  let key = useRecipe.getState().recipe;
  useRecipe.subscribe(({ recipe }) => {
    if (recipe === key) return;
    key = recipe;
    scheduleRelabel();
  });
  for (const store of [useRecipe, useModel, useRun]) store.subscribe(followDtype);
  window.addEventListener('beforeunload', (event) => {
    if (isActive(useRun.getState().status)) event.preventDefault();
  });
  void refreshStorage();
  const { source, lost } = await firstModel();
  useModel.setState({ source, lost });
  const compute = openCompute(source);
  await loadSamples().catch(setNotice);
  if (await openTokenizer(source)) await openFirstData();
  await compute;
}

let relabelTimer: ReturnType<typeof setTimeout> | undefined;

/** Knobs are typed digit by digit; rows are labelled when the typing has paused. */
function scheduleRelabel(): void {
  clearTimeout(relabelTimer);
  relabelTimer = setTimeout(() => void relabelIfNeeded(), 250);
}
