import { count, duration, lossText } from '../../state/format';
import { isActive, useRun } from '../../state/runStore';

/** Where the run stands: step of how many, loss, speed, time left. */
export function LiveFigures() {
  // `version` moves at most five times a second; the series itself is mutable.
  useRun((state) => state.version);
  const series = useRun((state) => state.series);
  const status = useRun((state) => state.status);
  const { secondsLeft } = series;
  const active = isActive(status);
  const total = series.totalSteps;
  return (
    <>
      <progress
        className="bar-progress"
        aria-label="Steps done"
        {...(total > 0 ? { value: series.step, max: total } : active ? {} : { value: 0, max: 1 })}
      />
      <dl className="live">
        <div>
          <dt>{total > 0 ? `of ${count(total)} steps` : 'steps'}</dt>
          <dd>{count(series.step)}</dd>
        </div>
        <div>
          <dt>loss</dt>
          <dd>{series.step > 0 ? lossText(series.smoothed.at(-1) ?? NaN) : '–'}</dd>
        </div>
        <div>
          <dt>tokens/s</dt>
          <dd>{series.step > 0 ? count(series.tokensPerSecond) : '–'}</dd>
        </div>
        {active && (
          <div title="Evaluations, samples and checkpoints are counted as long as they took so far">
            <dt>left</dt>
            <dd>{secondsLeft === null ? '–' : duration(secondsLeft)}</dd>
          </div>
        )}
      </dl>
    </>
  );
}
