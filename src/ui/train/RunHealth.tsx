import { liveHealth } from '../../state/runHealth';
import { useProof } from '../../state/proofStore';
import { useRun } from '../../state/runStore';
import { Icon } from '../common/Icon';

/** What is said at a time: the two weightiest. */
const mostFindings = 2;

/** What the curves say, in words. */
export function RunHealth() {
  useRun((state) => state.version);
  const series = useRun((state) => state.series);
  const controlling = useProof((state) => state.control.kind === 'running');
  if (controlling) return <p className="note">A control run: its labels are shuffled, and it must not learn.</p>;
  const findings = liveHealth(series).slice(0, mostFindings);
  if (findings.length === 0) return null;
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
