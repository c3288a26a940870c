/** What happens when the page opens, and what the page does when a worker dies or the tab closes. */
import { onWorkerCrash, restartWorker, type WorkerName } from './clients';
import { relabelIfNeeded } from './datasetStore';
import { refreshStorage } from './deviceStore';
import { openFirstData } from './firstData';
import { ensureIsolation } from './isolation';
import { builtinSource, forgetWeights, openTokenizer, useModel } from './modelStore';
import { openCompute, openModel, openWeights } from './openModel';
import { openRecipeLink } from './recipeLink';
import { restoreRecipe, useRecipe } from './recipeStore';
import { firstModel } from './rememberedModel';
import { hearOtherTabs, onRunsChanged } from './runs/changes';
import { watchVisibility } from './runs/hiddenTab';
import { findInterrupted } from './runs/interrupted';
import { lookForOtherTab } from './runs/otherTab';
import { restorePace } from './runs/pace';
import { revive } from './runs/revive';
import { showLastRun } from './runs/showKept';
import { vault } from './runs/vault';
import { stayAwake } from './runs/wakeLock';
import { isActive, useRun } from './runStore';
import { loadSamples } from './samplesStore';
import { openPane, setNotice } from './viewStore';

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
  // A fresh worker holds no model yet: who wants one waits for it.
  if (name === 'compute') forgetWeights();
  const source = useModel.getState().source ?? builtinSource();
  if (name === 'compute') await openCompute(source);
  else await openModel(source);
}

/** Runs of earlier visits and other tabs: the interrupted one is offered, else the last one is drawn again. */
async function findRuns(): Promise<void> {
  const look = (): void => {
    void lookForOtherTab();
    void findInterrupted().catch(() => undefined);
  };
  hearOtherTabs();
  onRunsChanged(look);
  stayAwake();
  watchVisibility();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') look();
  });
  void lookForOtherTab();
  if (!(await findInterrupted())) await showLastRun();
}

/** Settings in the address, now or later: shown in the Train pane, which takes the address over. */
function followLinks(): void {
  const open = (): void => {
    if (openRecipeLink()) openPane('train');
  };
  window.addEventListener('hashchange', open);
  open();
}

let started = false;

/** Opens everything for a first visit. Called once; failures end up in their panes. */
export async function startup(): Promise<void> {
  if (started || (await ensureIsolation())) return;
  started = true;
  restoreRecipe();
  restorePace();
  followLinks();
  onWorkerCrash((name, error) => {
    if (name === 'compute') void revive(error, () => restart('compute'));
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
  // A browser without such storage has no runs to find.
  void findRuns().catch(() => undefined);
  const { source, lost } = await firstModel();
  useModel.setState({ source, lost });
  const compute = openCompute(source);
  await loadSamples().catch(setNotice);
  const first = openFirstData();
  // Where it could not be opened, the data waits for another model.
  if (await openTokenizer(source)) await first;
  await compute;
  void vault()
    .sweepRuns()
    .catch(() => undefined);
}

let relabelTimer: ReturnType<typeof setTimeout> | undefined;

/** Knobs are typed digit by digit; rows are labelled when the typing has paused. */
function scheduleRelabel(): void {
  clearTimeout(relabelTimer);
  relabelTimer = setTimeout(() => void relabelIfNeeded(), 250);
}
