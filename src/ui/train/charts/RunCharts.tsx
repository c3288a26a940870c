import { useCallback, useMemo, useState } from 'react';
import {
  chartData,
  linesKey,
  measureFacts,
  stepsOf,
  valuesAt,
  type Measure,
  type Overlay,
} from '../../../state/chartMeasures';
import { useChartView } from '../../../state/chartView';
import { count } from '../../../state/format';
import { useProof, type ControlRun } from '../../../state/proofStore';
import type { RunSeries } from '../../../state/runSeries';
import { useRun } from '../../../state/runStore';
import { latePart } from '../../common/latePart';
import { ChartBar } from './ChartBar';
import { ChartTable } from './ChartTable';

/** Drawn from the first step on; its code comes before that. */
const TimeChart = latePart('the chart', async () => (await import('./TimeChart')).TimeChart, {
  ahead: true,
  waiting: <div className="plot" aria-busy="true" />,
});

const ghosts: Record<Measure, string> = {
  loss: 'The loss will be drawn here, step by step: how surprised the model is by the words it should learn. Lower is better.',
  rate: 'The learning rate will be drawn here: how far each step goes.',
  gradient: 'The gradient’s norm will be drawn here, as it is before clipping.',
  speed: 'Tokens per second will be drawn here.',
  memory: 'The device’s memory will be drawn here, measured about once a second.',
};

function Readout({ series, measure, at }: { series: RunSeries; measure: Measure; at: number | null }) {
  const found = at === null ? null : valuesAt(series, measure, at);
  return (
    <p className="readout">
      {found === null
        ? `${measureFacts[measure].title} by step. Point at the curve, or use the arrow keys, for exact values.`
        : `Step ${count(found.step)}${found.values.map(({ name, text }) => ` · ${name} ${text}`).join('')}`}
    </p>
  );
}

/** What a chart shows, in words. */
function chartLabel(series: RunSeries, measure: Measure): string {
  const { title } = measureFacts[measure];
  const now = valuesAt(series, measure, Infinity)?.values.map(({ name, text }) => `${name} ${text}`);
  return `${title} curve, ${count(series.steps.length)} steps, now ${now?.join(', ') ?? 'nothing'}. Arrow keys read the values.`;
}

/** Shuffled labels over the real ones, or, while the control run goes on, the real ones over it. */
function overlayOf(control: ControlRun): Overlay | null {
  if (control.kind === 'done') return { name: 'shuffled labels', evals: control.evals };
  return control.kind === 'running' ? { name: 'real labels', evals: control.evals } : null;
}

/** The measures of the run, one at a time. Drawn at most five times a second, long ones once. */
export function RunCharts() {
  const version = useRun((state) => state.version);
  const series = useRun((state) => state.series);
  const control = useProof((state) => state.control);
  const overlay = useMemo(() => overlayOf(control), [control]);
  const measure = useChartView((state) => state.measure);
  const wantsLog = useChartView((state) => state.log);
  const log = wantsLog && measureFacts[measure].log;
  const [at, setAt] = useState<number | null>(null);
  const data = useCallback((pixels: number) => chartData(series, measure, pixels, overlay), [series, measure, overlay]);
  const points = measure === 'memory' ? series.memorySteps.length : series.steps.length;
  const isReady = version > 0 && points > 0;
  return (
    <figure className="chart">
      {version > 0 && series.steps.length > 0 && <ChartBar series={series} />}
      {isReady ? (
        <>
          <TimeChart
            data={data}
            version={`${version} ${overlay?.evals.length ?? 0}`}
            identity={`${series.id} ${linesKey(series, measure, overlay)}`}
            log={log}
            axisText={measureFacts[measure].axis}
            lastStep={series.totalSteps}
            label={chartLabel(series, measure)}
            at={at}
            onAt={setAt}
            walk={() => stepsOf(series, measure)}
          />
          <figcaption aria-live={at === null ? 'off' : 'polite'}>
            <Readout series={series} measure={measure} at={at} />
          </figcaption>
          <ChartTable key={measure} series={series} measure={measure} />
        </>
      ) : (
        <div className="ghost">
          <p>{ghosts[measure]}</p>
        </div>
      )}
    </figure>
  );
}
