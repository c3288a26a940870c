import { useEffect, useRef, type KeyboardEvent } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { closest } from '../../../state/chartColumn';
import type { ChartData } from '../../../state/chartMeasures';
import { movedTo } from '../../charts/movedTo';
import { readPalette } from '../../charts/palette';
import { useColors } from '../../charts/useColors';
import { chartHeight, chartOptions } from './chartOptions';

interface Props {
  /** The data for so many pixels; called anew whenever `version` has changed. */
  data: (pixels: number) => ChartData;
  version: unknown;
  /** Another chart altogether: another run, another measure, more lines (validation comes later, a control run later still). */
  identity: string;
  log: boolean;
  axisText: (value: number) => string;
  lastStep: number;
  /** What it shows, in words. */
  label: string;
  /** The step whose values are read, and how it is moved: by the pointer to anywhere, by keys along `walk`. */
  at: number | null;
  onAt: (step: number | null) => void;
  walk: () => ArrayLike<number>;
}

/** From so many points on a step is less than a pixel, and drawing them all five times a second would cost the run some of its speed. */
const manyPoints = 1000;
const manyEveryMs = 1000;

/** A log axis has no place for zero and less. */
function aligned({ x, lines }: ChartData, log: boolean): uPlot.AlignedData {
  const shown = (value: number | null): number | null => (value !== null && value > 0 ? value : null);
  return [x, ...lines.map(({ values }) => (log ? values.map(shown) : values))];
}

/** A measure over the steps of a run: crosshair, arrow keys, names at the lines' ends. */
export function TimeChart({ data, version, identity, log, axisText, lastStep, label, at, onAt, walk }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const drawnAt = useRef(0);
  const colors = useColors();
  const latest = useRef({ data, axisText, lastStep, onAt });
  useEffect(() => {
    latest.current = { data, axisText, lastStep, onAt };
  });
  // A chart per theme and mount: its colours are read from the page's tokens when it is made. Made in a task of its own,
  // because drawing the pane's new parts and the first chart together would be the longest task of a run.
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const draw = (): void => {
      const width = element.clientWidth || 300;
      const content = latest.current.data(width);
      const setup = {
        lines: content.lines,
        log,
        axisText: latest.current.axisText,
        lastStep: () => latest.current.lastStep,
        onPoint: (step: number | null) => latest.current.onAt(step),
      };
      chart.current?.destroy();
      chart.current = new uPlot(chartOptions(width, setup, readPalette()), aligned(content, log), element);
    };
    const watch = new ResizeObserver(() => {
      const width = element.clientWidth;
      if (!chart.current || width === 0 || width === chart.current.width) return;
      chart.current.setSize({ width, height: chartHeight });
      chart.current.setData(aligned(latest.current.data(width), log));
    });
    const timer = setTimeout(() => {
      draw();
      watch.observe(element);
    });
    return () => {
      clearTimeout(timer);
      watch.disconnect();
      chart.current?.destroy();
      chart.current = null;
    };
  }, [identity, log, colors]);
  useEffect(() => {
    const draw = (): void => {
      const plot = chart.current;
      if (!plot) return;
      plot.setData(aligned(latest.current.data(plot.width), log));
      drawnAt.current = performance.now();
    };
    const isLong = (chart.current?.data[0].length ?? 0) > manyPoints;
    const wait = isLong ? drawnAt.current + manyEveryMs - performance.now() : 0;
    if (wait <= 0) {
      draw();
      return;
    }
    const timer = setTimeout(draw, wait);
    return () => clearTimeout(timer);
  }, [version, log]);

  const byKey = (event: KeyboardEvent): void => {
    const steps = walk();
    // The pointer, and a chart drawn anew under the cursor, say a place between two steps.
    const to = movedTo(event.key, at === null ? null : closest(steps, at), steps.length);
    const plot = chart.current;
    if (event.key === 'Escape') onAt(null);
    if (to === null || !plot) return;
    event.preventDefault();
    const step = steps[to] ?? 0;
    plot.setCursor({ left: plot.valToPos(step, 'x'), top: chartHeight / 2 }, false);
    onAt(step);
  };
  return <div ref={host} className="plot" role="application" aria-label={label} tabIndex={0} onKeyDown={byKey} />;
}
