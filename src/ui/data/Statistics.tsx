import { useEffect } from 'react';
import type { DatasetSummary } from '../../protocol/rows';
import { useDataset } from '../../state/datasetStore';
import { count, percent, plural } from '../../state/format';
import { needLengths, useLengths } from '../../state/lengthsStore';
import { useRecipe } from '../../state/recipeStore';
import { ErrorCard } from '../common/ErrorCard';
import { Fold } from './Fold';
import { LengthHistogram } from './LengthHistogram';

/** Bars drawn at most; conversations of hundreds of turns are summed up in the last. */
const barLimit = 10;

/** Counts as bars with their figures beside them: a table that can be read at a glance. */
function Bars({ label, unit, counts }: { label: string; unit: string; counts: [name: string, value: number][] }) {
  const shown =
    counts.length <= barLimit
      ? counts
      : [
          ...counts.slice(0, barLimit - 1),
          ['others', counts.slice(barLimit - 1).reduce((sum, [, value]) => sum + value, 0)] as [string, number],
        ];
  const most = Math.max(1, ...shown.map(([, value]) => value));
  const total = counts.reduce((sum, [, value]) => sum + value, 0);
  return (
    <table className="bars">
      <caption>{label}</caption>
      <thead className="hidden">
        <tr>
          <th scope="col">{label}</th>
          <th scope="col">share</th>
          <th scope="col">{unit}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="bar">
              <span style={{ width: `${(value / most) * 100}%` }} />
              <span className="hidden">{percent(value, total)}</span>
            </td>
            <td>{count(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Lengths() {
  const version = useDataset((state) => state.version);
  const { figures, error } = useLengths();
  useEffect(() => void needLengths(), [version]);
  if (error) return <ErrorCard error={error} />;
  if (!figures) return <p className="note">Fetching the lengths of all rows…</p>;
  if (figures.rows === 0) return <p className="note">No usable row, so there is no length to show.</p>;
  return <LengthHistogram figures={figures} />;
}

/** Figures over all rows: lengths with the handle of max_length, turns, roles, what truncation does. */
export function Statistics({ summary, busy }: { summary: DatasetSummary; busy: boolean }) {
  const maxLength = useRecipe((state) => state.recipe.training.max_length);
  const { stats, roles, usableRows } = summary;
  const { fits, turns_dropped, answer_cut, nothing_left } = stats.fits;
  const cut = answer_cut + nothing_left;
  // While rows are labelled anew the figures are of the length before.
  const fitting = busy
    ? []
    : [
        `${count(fits)} of ${count(usableRows)} fit ${count(maxLength)} tokens`,
        ...(turns_dropped > 0 ? [`${plural(turns_dropped, 'loses', 'lose')} turns`] : []),
        ...(cut > 0 ? [`${count(cut)} cut`] : []),
      ];
  const says = [...fitting, `longest ${count(summary.longestTokens)}`].join(' · ');
  const fitCounts: [string, number][] = [
    ['fits', fits],
    ['turns dropped', turns_dropped],
    ['answer cut', answer_cut],
    ['nothing left', nothing_left],
  ];
  const { lengths } = stats;
  return (
    <Fold title="Lengths" says={says} {...(cut > 0 ? { tone: 'warning' as const } : {})}>
      {() => (
        <>
          <Lengths />
          <p className="note">
            Shortest {count(lengths.min)}, median {count(lengths.median)}, mean {count(lengths.mean)}, 90 % up to{' '}
            {count(lengths.p90)}, 99 % up to {count(lengths.p99)}, longest {count(lengths.max)} tokens.
          </p>
          <div className="bar-tables">
            <Bars
              label="Turns per row"
              unit="rows"
              counts={Object.entries(stats.turns).sort(([a], [b]) => Number(a) - Number(b))}
            />
            <Bars label="Roles" unit="turns" counts={Object.entries(roles).sort(([, a], [, b]) => b - a)} />
            <Bars
              label="Truncation"
              unit="rows"
              counts={fitCounts.filter(([name, value]) => value > 0 || name === 'fits')}
            />
          </div>
        </>
      )}
    </Fold>
  );
}
