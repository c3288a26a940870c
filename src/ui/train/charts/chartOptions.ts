import type uPlot from 'uplot';
import type { ChartLine } from '../../../state/chartMeasures';
import { axes, crosshair, heightScale } from '../../charts/axes';
import type { Palette } from '../../charts/palette';
import { drawLabels } from './directLabels';
import { lineLook } from './lineLooks';

export const chartHeight = 200;

export interface ChartSetup {
  lines: readonly Pick<ChartLine, 'name' | 'look'>[];
  log: boolean;
  axisText: (value: number) => string;
  /** The last step to come: the line grows towards its end instead of being squeezed at every step. */
  lastStep: () => number;
  /** Where the pointer is, by step; null: elsewhere. */
  onPoint: (step: number | null) => void;
}

/** Options of a chart over steps. */
export function chartOptions(width: number, setup: ChartSetup, color: Palette): uPlot.Options {
  return {
    width,
    height: chartHeight,
    legend: { show: false },
    cursor: crosshair,
    scales: {
      x: { time: false, range: (_, min, max) => [Math.min(min, 1), Math.max(max, setup.lastStep(), 2)] },
      y: heightScale(setup.log),
    },
    axes: axes(color, setup.log, setup.axisText),
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
