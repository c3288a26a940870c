import { bytes, count, duration, lossText, plural } from '../../state/format';
import { runName } from '../../state/runs/runWords';
import { useRun } from '../../state/runStore';
import { openRuns } from '../../state/viewStore';
import { Icon } from '../common/Icon';
import { useKeptRun } from './useKeptRun';

const words = {
  completed: 'Done',
  early_stopping: 'Stopped early, no longer improving,',
  stopped: 'Stopped',
  discarded: 'Discarded',
} as const;

/** How the last run ended, which step is kept, what memory it took. */
export function RunOutcome() {
  const status = useRun((state) => state.status);
  const series = useRun((state) => state.series);
  const kept = useKeptRun();
  if (status.kind !== 'done') return null;
  const { result, seconds } = status;
  const { best, recipe, forecastBytes, memory } = series;
  const restored = result.bestStep !== null && result.reason !== 'stopped' && recipe?.training.load_best_model_at_end;
  const patience = recipe?.training.early_stopping_patience ?? null;
  return (
    <div className="outcome">
      <p>
        <span className="mark">
          <Icon name="check" />
        </span>{' '}
        {words[result.reason]} after {plural(result.steps, 'step')} in {duration(seconds)}
        {restored && result.bestStep !== result.steps
          ? `; what is kept is that of step ${count(result.bestStep ?? 0)}, which did best`
          : ''}
        .{' '}
        {result.steps > 0 ? 'Ask base and tuned in the chat.' : 'Nothing was learned: what was tuned before is there.'}
      </p>
      <ul className="note facts-line">
        {best && (
          <li>
            best validation loss {lossText(best.loss)} at step {count(best.step)}
          </li>
        )}
        {result.reason === 'early_stopping' && patience !== null && (
          <li>{plural(patience, 'evaluation')} in a row without gain</li>
        )}
        {memory && (
          <li>
            memory {forecastBytes === null ? '' : `forecast ${bytes(forecastBytes)}, `}measured{' '}
            {bytes(memory.peakDeviceBytes)}
          </li>
        )}
        {kept && (
          <li>
            kept as {runName(kept)} in{' '}
            <button type="button" className="link" aria-haspopup="dialog" onClick={openRuns}>
              Runs
            </button>
          </li>
        )}
      </ul>
    </div>
  );
}
