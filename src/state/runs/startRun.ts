/** A fresh run with the present recipe and data. */
import type { KeptModelSource, KeepRequest, RunControlKind, RunParent } from '../../protocol/run';
import type { ModelFacts, ModelSource } from '../../protocol/model';
import type { FolderFile, SamplePrompt } from '../../protocol/training';
import type { Recipe } from '../../recipe/schema';
import { keepStorage } from '../../storage/modelCache';
import { useAdapter } from '../adapterStore';
import { currentQuestion } from '../chatStore';
import { clients } from '../clients';
import { relabelIfNeeded, useDataset } from '../datasetStore';
import { useDevice } from '../deviceStore';
import { useEdits } from '../editsStore';
import { plural } from '../format';
import { heldOutHash, useHeldOut } from '../heldOutStore';
import { useModel } from '../modelStore';
import { readiness } from '../readiness';
import { useRecipe } from '../recipeStore';
import { pinned } from '../rememberedModel';
import { RunSeries } from '../runSeries';
import { forecastForRun } from '../runForecast';
import { isActive, useRun } from '../runStore';
import { canGoOn } from '../startFrom';
import { announce, setNotice } from '../viewStore';
import { carryOut } from './carryOut';
import { changesHash } from './changesHash';
import { settingUp } from './follow';
import { useOtherTab } from './otherTab';

export interface StartOptions {
  /** `base`, as usual: a fresh adapter. `adapter`: the one in use is trained further, with an optimizer that begins afresh. */
  startFrom?: 'base' | 'adapter';
  /** A run that must not learn. */
  control?: RunControlKind | null;
}

/** Rows of the validation set from which samples are chosen. */
const poolSize = 64;

/** What of a model's source storage keeps. */
async function keptSource(source: ModelSource | null): Promise<KeptModelSource | null> {
  if (source?.kind === 'url') return source;
  return source?.kind === 'hub' ? pinned(source) : null;
}

async function keepRequest(
  facts: ModelFacts,
  dataName: string,
  forecast: Promise<number | null>,
  parent: RunParent | null,
): Promise<KeepRequest> {
  const { name, parameters, fingerprint, weightDtype } = facts;
  const source = await keptSource(useModel.getState().source);
  const { validation } = useHeldOut.getState();
  return {
    dataName,
    changesHash: changesHash(useEdits.getState().edits, heldOutHash(validation)),
    model: { name, source, parameters, fingerprint, weightDtype },
    parent,
    forecastBytes: await forecast,
  };
}

interface Prompts {
  samples: SamplePrompt[];
  samplePool: SamplePrompt[];
}

/** The question that is answered anew during the run, and rows: of the validation set where it is evaluated, else of the data. */
async function prompts({ recipe, validationRows }: { recipe: Recipe; validationRows: number }): Promise<Prompts> {
  const { sample_size: size, sample_steps, eval_strategy, seed } = recipe.training;
  if (size === 0 || sample_steps === null) return { samples: [], samplePool: [] };
  const { data } = clients();
  const question = currentQuestion();
  const asked: SamplePrompt[] = [];
  if (question !== null) {
    const { inputIds } = await data.renderPrompt([{ role: 'user', content: question }], recipe);
    asked.push({ row: -1, prompt: question, promptIds: inputIds, expected: '' });
  }
  const isEvaluated = validationRows > 0 && eval_strategy !== 'no';
  const samplePool = isEvaluated && size > asked.length ? await data.samplePool(poolSize, seed) : [];
  if (samplePool.length > 0 || size === asked.length) return { samples: asked, samplePool };
  return { samples: [...asked, ...(await data.samplePrompts(size - asked.length))], samplePool };
}

/** The adapter in use, to be trained further; null for a fresh one. */
async function startingAdapter(startFrom: StartOptions['startFrom']): Promise<FolderFile[] | null> {
  if (startFrom !== 'adapter' || !canGoOn(useAdapter.getState().status, useRecipe.getState().recipe)) return null;
  return clients().compute.exportAdapter();
}

/** The kept run whose adapter is in use; null where it is of none. */
function parentRun(): RunParent | null {
  const { status } = useAdapter.getState();
  return status.kind === 'ready' && status.runId !== null ? { runId: status.runId, step: status.note.steps } : null;
}

/** Whether a run was kept before: storage is asked to be lasting with the first. */
let asked = false;

/** Starts a fresh run with the present recipe and data, and stays until it has ended. */
export async function startRun({ startFrom = 'base', control = null }: StartOptions = {}): Promise<void> {
  // Rows are labelled a moment after the last change of a knob: no run begins with those of an older recipe.
  await relabelIfNeeded();
  const { status: previous } = useRun.getState();
  const { weights, tokenizer } = useModel.getState();
  const { status: dataset } = useDataset.getState();
  const { recipe } = useRecipe.getState();
  const { training: otherTab } = useOtherTab.getState();
  const { validation } = useHeldOut.getState();
  const { status: device } = useDevice.getState();
  const state = readiness({ device, weights, tokenizer, dataset, recipe, validation, otherTab });
  if (isActive(previous) || !state.ready || dataset.kind !== 'ready' || weights.kind !== 'ready') return;
  const { summary } = dataset;
  let adapter: FolderFile[] | null;
  try {
    adapter = await startingAdapter(startFrom);
  } catch (error) {
    setNotice(error);
    return;
  }
  const parent = adapter && parentRun();
  if (!asked) void keepStorage();
  asked = true;

  const forecast = forecastForRun();
  const series = new RunSeries();
  series.recipe = recipe;
  const runId = crypto.randomUUID();
  await carryOut({
    runId,
    series,
    modelName: weights.facts.name,
    dataName: summary.fileName,
    control,
    secondsBefore: 0,
    async send(onEvent, say) {
      const { data, compute } = clients();
      const [train, validation, { samples, samplePool }, keep] = await Promise.all([
        data.examples('train'),
        summary.validationRows > 0 ? data.examples('validation') : null,
        prompts({ recipe, validationRows: summary.validationRows }),
        keepRequest(weights.facts, summary.fileName, forecast, parent),
      ]);
      series.forecastBytes = keep.forecastBytes;
      say(settingUp);
      announce(`Training started: ${plural(state.steps, 'step')} over ${plural(state.rows, 'row')}.`);
      const { dataHash } = summary;
      const request = {
        runId,
        recipe,
        train,
        validation,
        samples,
        samplePool,
        dataHash,
        adapter,
        checkpoint: null,
        keep,
        control,
      };
      return compute.train(request, onEvent);
    },
  });
}
