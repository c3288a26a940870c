import type uPlot from 'uplot';
import type { ChartLine } from '../../../state/chartMeasures';
import { drawLabels } from './directLabels';
import { lineLook } from './lineLooks';
import type { Palette } from './palette';

export const chartHeight = 200;

/** Of the axes' figures, px. */
const charWidth = 6.5;

export interface ChartSetup {
  lines: readonly Pick<ChartLine, 'name' | 'look'>[];
  log: boolean;
  axisText: (value: number) => string;
  /** The last step to come: the line grows towards its end instead of being squeezed at every step. */
  lastStep: () => number;
  /** Where the pointer is, by step; null: elsewhere. */
  onPoint: (step: number | null) => void;
}

/** 1, 2 and 5 times powers of ten within the range; only powers of ten where that would be too many. */
function logTicks(min: number, max: number): number[] {
  const ticks: number[] = [];
  const decades = Math.log10(max / min);
  for (let power = Math.floor(Math.log10(min)); power <= Math.ceil(Math.log10(max)); power++)
    for (const factor of decades > 3 ? [1] : [1, 2, 5]) {
      const tick = factor * 10 ** power;
      if (tick >= min && tick <= max) ticks.push(tick);
    }
  return ticks;
}

export function chartOptions(width: number, setup: ChartSetup, color: Palette): uPlot.Options {
  const axis: uPlot.Axis = {
    stroke: color('--muted'),
    font: `11px ${color('--sans')}`,
    grid: { stroke: color('--hairline'), width: 1 },
    ticks: { show: false },
  };
  const linear: uPlot.Scale = { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.08 : 1] };
  const log: uPlot.Scale = { distr: 3, range: (_, min, max) => (min > 0 ? [min / 1.15, max * 1.15] : [0.1, 1]) };
  return {
    width,
    height: chartHeight,
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: false, range: (_, min, max) => [Math.min(min, 1), Math.max(max, setup.lastStep(), 2)] },
      y: setup.log ? log : linear,
    },
    axes: [
      { ...axis, size: 24, gap: 2, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5] },
      {
        ...axis,
        size: (_: uPlot, texts: string[] | null) =>
          10 + charWidth * Math.max(3, ...(texts ?? []).map(({ length }) => length)),
        gap: 4,
        values: (_, ticks) => ticks.map(setup.axisText),
        ...(setup.log
          ? {
              splits: (_: uPlot, __: number, min: number, max: number) => logTicks(min, max),
              filter: (_: uPlot, ticks: number[]) => ticks,
            }
          : {}),
      },
    ],
    series: [{}, ...setup.lines.map(({ look }) => lineLook(look, color))],
    hooks: {
      setCursor: [
        (chart) => {
          const { left } = chart.cursor;
          setup.onPoint(left === undefined || left < 0 ? null : chart.posToVal(left, 'x'));
        },
      ],
      draw: [(chart) => drawLabels(chart, setup.lines, color)],
    },
  };
}
