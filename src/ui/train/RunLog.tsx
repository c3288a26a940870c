import { count, duration } from '../../state/format';
import { useRun } from '../../state/runStore';
import { Icon } from '../common/Icon';

/** Lines in sight; older ones are in the JSON. */
const mostLines = 50;

/** What happened besides steps: checkpoints, warnings, going back; newest first. */
export function RunLog() {
  useRun((state) => state.version);
  const { notes } = useRun((state) => state.series);
  if (notes.length === 0) return null;
  const warnings = notes.filter(({ kind }) => kind !== 'checkpoint').length;
  const last = notes.at(-1);
  const shown = notes.slice(-mostLines).reverse();
  return (
    <details className="run-log">
      <summary>
        Log
        <span className="note">
          {warnings > 0 ? `${count(warnings)} to read` : last ? `${last.text}, step ${count(last.step)}` : ''}
        </span>
      </summary>
      <ol tabIndex={0} aria-label="Log of the run">
        {shown.map(({ kind, step, seconds, text }, index) => (
          <li key={notes.length - index}>
            <span className="at">step {count(step)}</span>
            <span className="at" title="Time spent on steps by then">
              {duration(seconds)}
            </span>
            <span className={`mark ${kind === 'checkpoint' ? '' : 'warning'}`}>
              <Icon name={kind === 'checkpoint' ? 'check' : 'warning'} />
            </span>
            <span>{text}</span>
          </li>
        ))}
      </ol>
      {notes.length > mostLines && (
        <p className="note">{count(notes.length - mostLines)} earlier lines are in the JSON.</p>
      )}
    </details>
  );
}
