/** Proof that learning is real, for those who want it: gradients against finite differences, and a run that must not learn. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { GradientCheckResult } from '../protocol/run';
import { callback, clients } from './clients';
import { useRecipe } from './recipeStore';
import type { EvalPoint, RunSeries } from './runSeries';
import { startRun } from './runs/startRun';
import { isActive, useRun, type RunStatus } from './runStore';
import { announce } from './viewStore';

export type GradientCheck =
  | { kind: 'none' }
  | { kind: 'running'; done: number; total: number }
  | { kind: 'done'; result: GradientCheckResult }
  | { kind: 'failed'; error: ErrorRecord };

export type ControlRun =
  | { kind: 'none' }
  /** It is the run that goes on; `evals` are those of the run that it is compared with. */
  | { kind: 'running'; evals: readonly EvalPoint[] }
  /** It has ended, `evals` are its own. */
  | { kind: 'done'; evals: readonly EvalPoint[]; trainingLoss: number | null }
  | { kind: 'failed'; error: ErrorRecord };

interface Proof {
  gradients: GradientCheck;
  control: ControlRun;
}

export const useProof = create<Proof>()(() => ({ gradients: { kind: 'none' }, control: { kind: 'none' } }));

/** Checks the gradients of the present recipe on the first rows of the present data, on this device. */
export async function checkGradients(): Promise<void> {
  if (useProof.getState().gradients.kind === 'running') return;
  useProof.setState({ gradients: { kind: 'running', done: 0, total: 0 } });
  try {
    const { compute, data } = clients();
    const { recipe } = useRecipe.getState();
    const examples = await data.examples('train');
    const result = await compute.checkGradients(
      { recipe, examples },
      callback((done: number, total: number) => {
        if (useProof.getState().gradients.kind === 'running')
          useProof.setState({ gradients: { kind: 'running', done, total } });
      }),
    );
    useProof.setState({ gradients: { kind: 'done', result } });
    announce(result.passed ? 'The gradients are right.' : 'The gradient check failed.');
  } catch (error) {
    useProof.setState({ gradients: { kind: 'failed', error: toErrorRecord(error) } });
  }
}

interface Shown {
  status: RunStatus;
  series: RunSeries;
}

/** The control run is being started or goes on. */
let controlling = false;

/** What a control run has left: its own evaluations, over the run that was shown before and is shown again. */
function endControl(shown: Shown): void {
  const { status, series } = useRun.getState();
  // It did not begin: what is there to read is of the run before.
  const begun = series !== shown.series;
  const trainingLoss = series.smoothed.at(-1) ?? null;
  if (begun && status.kind === 'done')
    useProof.setState({ control: { kind: 'done', evals: [...series.evals], trainingLoss } });
  else if (begun && status.kind === 'failed') useProof.setState({ control: { kind: 'failed', error: status.error } });
  else useProof.setState({ control: { kind: 'none' } });
  useRun.setState({ status: shown.status, series: shown.series, version: shown.series.version });
}

/**
 * Trains once more with the same recipe and data, but with labels shuffled among the trained positions: what is learned then
 * is no more than how often each token occurs. Afterwards the run that was shown is shown again, with this one's validation
 * curve over it.
 */
export async function startControlRun(): Promise<void> {
  const { status, series } = useRun.getState();
  if (isActive(status)) return;
  controlling = true;
  useProof.setState({ control: { kind: 'running', evals: [...series.evals] } });
  try {
    await startRun({ control: 'shuffled-labels' });
  } finally {
    controlling = false;
    endControl({ status, series });
  }
}

// Another run has nothing to do with what the last one was compared with.
useRun.subscribe(({ status }, before) => {
  if (controlling || !isActive(status) || isActive(before.status)) return;
  if (useProof.getState().control.kind !== 'none') useProof.setState({ control: { kind: 'none' } });
});
