import type uPlot from 'uplot';
import type { ChartLine } from '../../../state/chartMeasures';
import { labelColor } from './lineLooks';
import type { Palette } from './palette';

/** Where a line ends, in canvas pixels; null while it has no point. */
function lineEnd(chart: uPlot, column: number): { x: number; y: number } | null {
  const steps = chart.data[0];
  const values = chart.data[column] ?? [];
  for (let index = values.length - 1; index >= 0; index--) {
    const value = values[index];
    const step = steps[index];
    if (typeof value === 'number' && step !== undefined)
      return { x: chart.valToPos(step, 'x', true), y: chart.valToPos(value, 'y', true) };
  }
  return null;
}

/** Names at the lines' ends, in place of a legend. */
export function drawLabels(chart: uPlot, lines: readonly Pick<ChartLine, 'name' | 'look'>[], color: Palette): void {
  const { ctx, bbox } = chart;
  const unit = devicePixelRatio;
  const right = bbox.left + bbox.width;
  const lowest = bbox.top + bbox.height - 6 * unit;
  ctx.save();
  ctx.font = `${11 * unit}px ${color('--sans')}`;
  ctx.textBaseline = 'middle';
  const placed: number[] = [];
  lines.forEach(({ name, look }, index) => {
    const end = name === '' ? null : lineEnd(chart, index + 1);
    if (!end) return;
    const clamp = (y: number): number => Math.min(Math.max(y, bbox.top + 6 * unit), lowest);
    let y = clamp(end.y - 10 * unit);
    for (const other of [...placed].sort((a, b) => b - a)) if (Math.abs(other - y) < 13 * unit) y = other - 13 * unit;
    // No room above: below all others.
    if (y < bbox.top) y = clamp(Math.max(...placed) + 13 * unit);
    placed.push(y);
    ctx.fillStyle = labelColor(look, color);
    const fits = end.x + ctx.measureText(name).width + 4 * unit < right;
    ctx.textAlign = fits ? 'left' : 'right';
    ctx.fillText(name, fits ? end.x + 4 * unit : right, y);
  });
  ctx.restore();
}
