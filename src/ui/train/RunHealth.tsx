import { runHealth } from '../../state/runHealth';
import { isActive, useRun } from '../../state/runStore';
import { Icon } from '../common/Icon';

/** What is said at a time: the two weightiest. */
const mostFindings = 2;

/** What the curves say, in words. */
export function RunHealth() {
  useRun((state) => state.version);
  const series = useRun((state) => state.series);
  const active = useRun((state) => isActive(state.status));
  const findings = runHealth(series).slice(0, mostFindings);
  if (findings.length === 0 || (!active && series.steps.length === 0)) return null;
  return (
    <ul className="health" aria-label="What the curves say">
      {findings.map(({ code, tone, text }) => (
        <li key={code}>
          <span className={`mark ${tone === 'warning' ? 'warning' : ''}`}>
            <Icon name={tone === 'warning' ? 'warning' : 'check'} />
            <span className="hidden">{tone === 'warning' ? 'Warning:' : ''}</span>
          </span>
          {text}
        </li>
      ))}
    </ul>
  );
}
