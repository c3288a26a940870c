import { useState } from 'react';
import { measureFacts, measures } from '../../../state/chartMeasures';
import { setLogAxis, showMeasure, useChartView } from '../../../state/chartView';
import { offerFile } from '../../../state/offerFile';
import { runFile } from '../../../state/runExport';
import type { RunSeries } from '../../../state/runSeries';
import { runName } from '../../../state/runs/runWords';
import { runIdOf, useRun } from '../../../state/runStore';
import { Button } from '../../common/Button';
import { Segments } from '../../common/Segments';
import { useKeptRun } from '../useKeptRun';

const choices = measures.map((value) => ({ value, label: measureFacts[value].label }));

/** Which chart, on which axis, and the numbers as files. */
export function ChartBar({ series }: { series: RunSeries }) {
  const measure = useChartView((state) => state.measure);
  const log = useChartView((state) => state.log);
  const kept = useKeptRun();
  const runId = useRun(({ status }) => runIdOf(status));
  // Names may hold what file names may not.
  const shortName = (kept ? runName(kept) : (runId ?? 'unnamed').slice(0, 8)).replace(/[^\p{L}\p{N}_-]+/gu, '-');
  const [writing, setWriting] = useState<'csv' | 'json' | null>(null);
  const save = async (format: 'csv' | 'json'): Promise<void> => {
    setWriting(format);
    try {
      offerFile(await runFile(series, format), `tunesmith-run-${shortName}.${format}`);
    } finally {
      setWriting(null);
    }
  };
  const unavailable = writing === null ? null : 'The file is being written';
  return (
    <div className="chart-bar">
      <Segments label="Chart" value={measure} options={choices} onChange={showMeasure} />
      {measureFacts[measure].log && (
        <label className="consent note">
          <input type="checkbox" checked={log} onChange={(event) => setLogAxis(event.target.checked)} />
          Log axis
        </label>
      )}
      <span className="files">
        <Button look="quiet" unavailable={unavailable} title="Every step as CSV" onClick={() => void save('csv')}>
          CSV
        </Button>
        <Button
          look="quiet"
          unavailable={unavailable}
          title="Everything that was measured as JSON"
          onClick={() => void save('json')}
        >
          JSON
        </Button>
      </span>
    </div>
  );
}
