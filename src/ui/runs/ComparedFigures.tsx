import type { KeptRun } from '../../protocol/run';
import { bytes, count, duration, lossText, percent } from '../../state/format';
import { useHistory } from '../../state/runs/historyStore';
import type { RunFigures } from '../../state/runs/runFigures';
import { runName, statusText } from '../../state/runs/runWords';
import { RunLetter } from './RunLetter';

const none = '–';
const loss = (value: number | null | undefined): string => (typeof value === 'number' ? lossText(value) : none);

interface Row {
  name: string;
  text: (run: KeptRun, figures: RunFigures | undefined) => string;
}

const rows: Row[] = [
  { name: 'training loss, smoothed', text: (_, figures) => loss(figures?.trainingLoss) },
  { name: 'best validation loss', text: (_, figures) => loss(figures?.best?.loss) },
  { name: 'at step', text: (_, figures) => (figures?.best ? count(figures.best.step) : none) },
  { name: 'validation loss at the start', text: (_, figures) => loss(figures?.firstLoss) },
  { name: 'perplexity', text: (_, figures) => loss(figures?.best?.perplexity) },
  { name: 'token accuracy', text: (_, figures) => (figures?.best ? percent(figures.best.tokenAccuracy, 1) : none) },
  { name: 'tokens read', text: (_, figures) => (typeof figures?.tokens === 'number' ? count(figures.tokens) : none) },
  {
    name: 'tokens/s',
    text: (_, figures) => (typeof figures?.tokensPerSecond === 'number' ? count(figures.tokensPerSecond) : none),
  },
  { name: 'time training', text: ({ record }) => duration(record.trainingMs / 1000) },
  { name: 'trained parameters', text: ({ record }) => count(record.trainableParameters) },
  { name: 'most memory', text: ({ record }) => (record.peakBytes === null ? none : bytes(record.peakBytes)) },
];

/** What the compared runs came to, side by side. */
export function ComparedFigures({ runs }: { runs: readonly KeptRun[] }) {
  const figures = useHistory((state) => state.figures);
  const live = useHistory((state) => state.live);
  return (
    <div className="table-scroll wide" tabIndex={0} role="region" aria-label="End figures">
      <table className="figures-table compared">
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">figure</span>
            </th>
            {runs.map((run, place) => (
              <th key={run.record.id} scope="col">
                <RunLetter at={place} /> {runName(run)}
                <span className="status">{statusText(run.record, live.has(run.record.id))}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, text }) => {
            const values = runs.map((run) => text(run, figures.get(run.record.id)));
            // What no run measured is no line of the table.
            if (values.every((value) => value === none)) return null;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                {values.map((value, place) => (
                  <td key={runs[place]?.record.id}>{value}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
