/** A training run as the page sees it: one tagged status, curves that grow in place, and the commands. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { RunEvent } from '../protocol/run';
import type { SamplePrompt, TrainResult } from '../protocol/training';
import { adoptAdapter, beginTraining, showTraining } from './adapterStore';
import { currentQuestion } from './chatStore';
import { callback, clients } from './clients';
import { useDataset } from './datasetStore';
import { useDevice, refreshStorage } from './deviceStore';
import { plural } from './format';
import { useModel } from './modelStore';
import { readiness } from './readiness';
import { useRecipe } from './recipeStore';
import { RunSeries } from './runSeries';
import { announce } from './viewStore';

export type RunStatus =
  | { kind: 'idle' }
  | { kind: 'preparing'; runId: string; phase: string }
  | { kind: 'running'; runId: string; phase: string }
  | { kind: 'paused'; runId: string }
  | { kind: 'stopping'; runId: string }
  | { kind: 'done'; runId: string; result: TrainResult; seconds: number }
  | { kind: 'failed'; runId: string; error: ErrorRecord; step: number };

interface RunState {
  status: RunStatus;
  series: RunSeries;
  /** Copy of `series.version`, at most five times a second: what components subscribe to. */
  version: number;
}

export const useRun = create<RunState>()(() => ({ status: { kind: 'idle' }, series: new RunSeries(), version: 0 }));

/** The page is told of new points at most this often: five pictures a second read as live, and leave the cores to the run. */
const publishEveryMs = 200;

export type ActiveRun = Extract<RunStatus, { kind: 'preparing' | 'running' | 'paused' | 'stopping' }>;

export const isActive = (status: RunStatus): status is ActiveRun =>
  status.kind === 'preparing' || status.kind === 'running' || status.kind === 'paused' || status.kind === 'stopping';

const idOf = (status: RunStatus): string | null => ('runId' in status ? status.runId : null);

function phaseAfter(event: RunEvent, phase: string): string {
  switch (event.event) {
    case 'eval':
      return 'training';
    case 'step':
      return 'training';
    case 'sample':
      return 'answering samples';
    case 'checkpoint':
      return 'saving a checkpoint';
    default:
      return phase;
  }
}

/** A receiver of a run's events that mirrors them into the store, drawing at most every {@link publishEveryMs}. */
function mirror(runId: string, series: RunSeries): { take: (events: RunEvent[]) => void; flush: () => void } {
  let timer: ReturnType<typeof setTimeout> | null = null;
  let phase = 'training';
  const flush = (): void => {
    if (timer) clearTimeout(timer);
    timer = null;
    useRun.setState((state) => {
      if (idOf(state.status) !== runId) return state;
      const { status } = state;
      const moving = status.kind === 'preparing' || status.kind === 'running';
      // The same status stays the same object, so that nothing that only shows the status is drawn anew.
      const same = !moving || series.version === 0 || (status.kind === 'running' && status.phase === phase);
      const next: RunStatus = same ? status : { kind: 'running', runId, phase };
      return { version: series.version, status: next };
    });
  };
  return {
    take: (events) => {
      for (const event of events) {
        if (event.runId !== runId) continue;
        series.add(event);
        if (event.event === 'step') showTraining();
        phase = phaseAfter(event, phase);
      }
      timer ??= setTimeout(flush, publishEveryMs);
    },
    flush,
  };
}

/** The question that is answered anew during the run, then prompts of the data set. */
async function prompts(): Promise<SamplePrompt[]> {
  const { recipe } = useRecipe.getState();
  const size = recipe.training.sample_size;
  if (size === 0 || recipe.training.sample_steps === null) return [];
  const { data } = clients();
  const question = currentQuestion();
  if (question === null) return data.samplePrompts(size);
  const rendered = await data.renderPrompt([{ role: 'user', content: question }], recipe);
  const asked: SamplePrompt = { row: -1, prompt: question, promptIds: rendered.inputIds, expected: '' };
  return [asked, ...(size > 1 ? await data.samplePrompts(size - 1) : [])];
}

/** Starts a fresh run with the present recipe and data, and stays until it has ended. */
export async function startRun(): Promise<void> {
  const { status: previous } = useRun.getState();
  const { weights, tokenizer } = useModel.getState();
  const { status: dataset } = useDataset.getState();
  const { recipe } = useRecipe.getState();
  const state = readiness({ device: useDevice.getState().status, weights, tokenizer, dataset, recipe });
  if (isActive(previous) || !state.ready || dataset.kind !== 'ready' || weights.kind !== 'ready') return;

  const runId = crypto.randomUUID();
  const series = new RunSeries();
  const started = performance.now();
  useRun.setState({ status: { kind: 'preparing', runId, phase: 'collecting the rows' }, series, version: 0 });
  const takeBack = beginTraining();
  const events = mirror(runId, series);
  const { data, compute } = clients();
  try {
    const [train, validation, samples] = await Promise.all([
      data.examples('train'),
      dataset.summary.validationRows > 0 ? data.examples('validation') : null,
      prompts(),
    ]);
    useRun.setState({ status: { kind: 'preparing', runId, phase: 'compiling and taking the first step' } });
    announce(`Training started: ${plural(state.steps, 'step')} over ${plural(state.rows, 'row')}.`);
    const result = await compute.train(
      {
        runId,
        recipe,
        train,
        validation,
        samples,
        dataHash: dataset.summary.dataHash,
        adapter: null,
        checkpoint: null,
      },
      callback(events.take),
    );
    events.flush();
    const seconds = (performance.now() - started) / 1000;
    useRun.setState({ status: { kind: 'done', runId, result, seconds } });
    announce(`Training ${result.reason === 'stopped' ? 'stopped' : 'done'} after ${plural(result.steps, 'step')}.`);
    if (result.steps > 0) {
      const { fileName } = dataset.summary;
      await adoptAdapter({ model: weights.facts.name, data: fileName, steps: result.steps, finishedAt: Date.now() });
      await refreshStorage();
    }
  } catch (error) {
    events.flush();
    const record = toErrorRecord(error);
    useRun.setState({ status: { kind: 'failed', runId, error: record, step: series.step } });
    announce(`Training failed: ${record.message}`);
    // A run that failed later leaves the adapter as it was then: still worth asking, and keeping.
    if (series.step > 0) {
      await adoptAdapter({
        model: weights.facts.name,
        data: dataset.summary.fileName,
        steps: series.step,
        finishedAt: Date.now(),
      });
    } else await takeBack().catch(() => undefined);
  }
}

/** Sends a control and sets the status it leads to; a refused control leaves the run as it is and shows why. */
async function control(order: 'pause' | 'resume' | 'stop', next: (runId: string) => RunStatus): Promise<void> {
  const { status } = useRun.getState();
  if (!isActive(status) || status.kind === 'stopping') return;
  const runId = idOf(status);
  if (runId === null) return;
  useRun.setState({ status: next(runId) });
  try {
    await clients().compute.control(runId, order);
  } catch (error) {
    // The run may have ended meanwhile; then its own result is already shown.
    useRun.setState((state) =>
      idOf(state.status) === runId && isActive(state.status)
        ? { status: { kind: 'failed', runId, error: toErrorRecord(error), step: state.series.step } }
        : state,
    );
  }
}

export const pauseRun = (): Promise<void> => {
  announce('Training paused.');
  return control('pause', (runId) => ({ kind: 'paused', runId }));
};
export const resumeRun = (): Promise<void> => {
  announce('Training resumed.');
  return control('resume', (runId) => ({ kind: 'running', runId, phase: 'training' }));
};
export const stopRun = (): Promise<void> => control('stop', (runId) => ({ kind: 'stopping', runId }));
