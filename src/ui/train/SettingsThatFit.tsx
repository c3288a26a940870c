import type { FitSuggestion } from '../../protocol/memory';
import { bytes } from '../../state/format';
import { knobAt, knobText } from '../../state/knobValues';
import { applySuggestion } from '../../state/runForecast';
import { useRun, isActive } from '../../state/runStore';
import { Button } from '../common/Button';

const valueText = (path: string, value: unknown): string => {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return knobText(knobAt(path).control, value) || 'off';
};

/** Settings under which a run fits, each with what it costs, and the button that takes them over. */
export function SettingsThatFit({ suggestion }: { suggestion: FitSuggestion }) {
  const active = useRun((state) => isActive(state.status));
  const { changes, forecast } = suggestion;
  return (
    <div className="fit">
      <p>With these settings it takes {bytes(forecast.total)}:</p>
      <ul className="fit-changes">
        {changes.map(({ path, from, to, consequence }) => (
          <li key={path}>
            <span className="what">
              {knobAt(path).label} {valueText(path, from)} → <strong>{valueText(path, to)}</strong>
            </span>
            <span className="note">{consequence}</span>
          </li>
        ))}
      </ul>
      <div>
        <Button unavailable={active ? 'A run is under way' : null} onClick={() => applySuggestion(suggestion)}>
          Use settings that fit
        </Button>
      </div>
    </div>
  );
}
