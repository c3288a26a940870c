import { memo, useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { count, lossText, rateText } from '../../state/format';
import type { RunSeries } from '../../state/runSeries';
import { useRun } from '../../state/runStore';
import { useView } from '../../state/viewStore';

const height = 200;

/** Chart columns: steps, raw loss, smoothed loss, evaluation (null where there is none). */
function columns(series: RunSeries): uPlot.AlignedData {
  const steps = [...series.steps];
  const raw: (number | null)[] = [...series.losses];
  const smooth: (number | null)[] = [...series.smoothed];
  const evals: (number | null)[] = steps.map(() => null);
  const at = new Map(steps.map((step, index) => [step, index]));
  for (const point of series.evals) {
    const index = at.get(point.step);
    if (index !== undefined) evals[index] = point.loss;
    else if (point.step === 0) {
      // Measured before the first step: a point of its own at the left edge.
      steps.unshift(0);
      raw.unshift(null);
      smooth.unshift(null);
      evals.unshift(point.loss);
      at.clear();
      steps.forEach((step, position) => at.set(step, position));
    }
  }
  return [steps, raw, smooth, evals];
}

type Palette = (name: string) => string;

/** The page's tokens as they are now: read once per chart, since asking for a style while drawing makes the page lay out. */
function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const names = ['--sans', '--accent', '--text', '--muted', '--hairline', '--raw-line', '--surface'];
  const values = new Map(names.map((name) => [name, style.getPropertyValue(name).trim()]));
  return (name) => values.get(name) ?? '';
}

/** Names at the lines' ends, in place of a legend. */
function directLabels(chart: uPlot, color: Palette): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const steps = chart.data[0];
  const last = (column: number): { x: number; y: number } | null => {
    const values = chart.data[column] ?? [];
    for (let index = values.length - 1; index >= 0; index--) {
      const value = values[index];
      const step = steps[index];
      if (typeof value === 'number' && step !== undefined) {
        return { x: chart.valToPos(step, 'x', true), y: chart.valToPos(value, 'y', true) };
      }
    }
    return null;
  };
  ctx.save();
  ctx.font = `${11 * ratio}px ${color('--sans')}`;
  ctx.textBaseline = 'middle';
  const right = bbox.left + bbox.width;
  const placed: number[] = [];
  for (const [column, name, tone] of [
    [2, 'training', '--accent'],
    [3, 'validation', '--text'],
  ] as const) {
    const end = last(column);
    if (!end) continue;
    let y = Math.min(Math.max(end.y - 10 * ratio, bbox.top + 6 * ratio), bbox.top + bbox.height - 6 * ratio);
    for (const other of placed) if (Math.abs(other - y) < 14 * ratio) y = other - 14 * ratio;
    placed.push(y);
    const fits = end.x + ctx.measureText(name).width + 4 * ratio < right;
    ctx.textAlign = fits ? 'left' : 'right';
    ctx.fillStyle = color(tone);
    ctx.fillText(name, fits ? end.x + 4 * ratio : right, y);
  }
  ctx.restore();
}

function options(
  width: number,
  totalSteps: number,
  color: Palette,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: color('--muted'),
    font: `11px ${color('--sans')}`,
    grid: { stroke: color('--hairline'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      // The whole run from the start: the line grows towards its end instead of being squeezed at every step.
      x: { time: false, range: (_, min, max) => [Math.min(min, 1), Math.max(max, totalSteps, 2)] },
      y: { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.08 : 1] },
    },
    axes: [
      { ...axis, size: 24, gap: 2, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] },
      { ...axis, size: 38, gap: 4 },
    ],
    series: [
      {},
      { stroke: color('--raw-line'), width: 1, points: { show: false } },
      { stroke: color('--accent'), width: 2, points: { show: false } },
      { stroke: color('--text'), width: 0, points: { show: true, size: 7, width: 1.5, fill: color('--surface') } },
    ],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      draw: [(chart) => directLabels(chart, color)],
    },
  };
}

function Readout({ series, index }: { series: RunSeries; index: number | null }) {
  const steps = columns(series);
  const step = index === null ? undefined : steps[0][index];
  if (step === undefined || index === null) {
    return <p className="readout">Loss by step. Point at the curve, or use the arrow keys, for exact values.</p>;
  }
  const raw = steps[1]?.[index];
  const smooth = steps[2]?.[index];
  const measured = steps[3]?.[index];
  const own = series.steps.indexOf(step);
  return (
    <p className="readout">
      Step {count(step)}
      {typeof raw === 'number' && ` · loss ${lossText(raw)}`}
      {typeof smooth === 'number' && ` · smoothed ${lossText(smooth)}`}
      {typeof measured === 'number' && ` · validation ${lossText(measured)}`}
      {own >= 0 &&
        ` · rate ${rateText(series.learningRates[own] ?? 0)} · gradient ${lossText(series.gradNorms[own] ?? NaN)}`}
    </p>
  );
}

/** At most so many rows stand in the table; long runs are thinned evenly, the last step kept. */
const tableRows = 60;

const TableRow = memo(function TableRow(props: {
  step: number;
  loss: number;
  smoothed: number;
  measured: number | undefined;
  rate: number;
}) {
  return (
    <tr>
      <td>{count(props.step)}</td>
      <td>{lossText(props.loss)}</td>
      <td>{lossText(props.smoothed)}</td>
      <td>{props.measured === undefined ? '' : lossText(props.measured)}</td>
      <td>{rateText(props.rate)}</td>
    </tr>
  );
});

function Rows({ series }: { series: RunSeries }) {
  const stride = Math.max(1, Math.ceil(series.steps.length / tableRows));
  const measured = new Map(series.evals.map((point) => [point.step, point.loss]));
  const last = series.steps.length - 1;
  return [...series.steps].map((step, index) =>
    index % stride === 0 || index === last || measured.has(step) ? (
      <TableRow
        key={step}
        step={step}
        loss={series.losses[index] ?? NaN}
        smoothed={series.smoothed[index] ?? NaN}
        measured={measured.get(step)}
        rate={series.learningRates[index] ?? 0}
      />
    ) : null,
  );
}

/** The curve as a table; its rows exist only while it is open. */
function Table({ series }: { series: RunSeries }) {
  const [open, setOpen] = useState(false);
  const toggle = (event: MouseEvent): void => {
    // By hand, so that the rows are there in the moment it opens.
    event.preventDefault();
    setOpen(!open);
  };
  return (
    <details className="note" open={open}>
      <summary onClick={toggle}>As a table</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Loss by step">
        <table className="figures-table">
          <thead>
            <tr>
              <th scope="col">step</th>
              <th scope="col">loss</th>
              <th scope="col">smoothed</th>
              <th scope="col">validation</th>
              <th scope="col">rate</th>
            </tr>
          </thead>
          <tbody>{open && <Rows series={series} />}</tbody>
        </table>
      </div>
    </details>
  );
}

/** The loss as it falls: raw faint, smoothed strong, validation as points. Drawn at most five times a second. */
export function LossChart() {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const version = useRun((state) => state.version);
  const series = useRun((state) => state.series);
  const theme = useView((state) => state.theme);
  const [index, setIndex] = useState<number | null>(null);
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches);
  const hasPoints = version > 0 && series.steps.length > 0;

  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const follow = (): void => setDark(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);

  // A chart per run, theme and mount: its colours are read from the page's tokens when it is made. Made in a task of its
  // own, because drawing the pane's new parts and the first chart together would be the longest task of a run.
  useEffect(() => {
    const element = host.current;
    if (!element || !hasPoints) return;
    const watch = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (width > 0 && width !== chart.current?.width) chart.current?.setSize({ width, height });
    });
    const timer = setTimeout(() => {
      const setup = options(element.clientWidth || 300, series.totalSteps, readPalette(), setIndex);
      chart.current = new uPlot(setup, columns(series), element);
      watch.observe(element);
    });
    return () => {
      clearTimeout(timer);
      watch.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [series, hasPoints, theme, dark]);
  useEffect(() => chart.current?.setData(columns(series)), [series, version]);

  const byKey = (event: KeyboardEvent): void => {
    const points = columns(series)[0].length;
    const at = index ?? points;
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: points - 1 }[event.key];
    const plot = chart.current;
    if (next === undefined || points === 0 || !plot) return;
    event.preventDefault();
    const to = Math.max(0, Math.min(points - 1, next));
    const step = plot.data[0][to];
    plot.setCursor({ left: plot.valToPos(step ?? 0, 'x'), top: height / 2 }, false);
    setIndex(to);
  };
  if (!hasPoints) {
    return (
      <figure className="chart">
        <div className="ghost">
          <p>
            The loss will be drawn here, step by step: how surprised the model is by the words it should learn. Lower is
            better.
          </p>
        </div>
      </figure>
    );
  }
  return (
    <figure className="chart">
      <div
        ref={host}
        className="plot"
        role="application"
        aria-label={`Loss curve, ${count(series.steps.length)} steps, now ${lossText(series.smoothed.at(-1) ?? NaN)}. Arrow keys read the values.`}
        tabIndex={0}
        onKeyDown={byKey}
      />
      <figcaption aria-live={index === null ? 'off' : 'polite'}>
        <Readout series={series} index={index} />
      </figcaption>
      <Table series={series} />
    </figure>
  );
}
