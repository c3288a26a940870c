import type uPlot from 'uplot';
import type { ChartLine } from '../../../state/chartMeasures';
import type { Palette } from '../../charts/palette';
import { labelColor } from './lineLooks';

interface Point {
  x: number;
  y: number;
}

/** Where a line begins or ends, in canvas pixels; null while it has no point. */
function endOf(chart: uPlot, column: number, from: 'first' | 'last'): Point | null {
  const steps = chart.data[0];
  const values = chart.data[column] ?? [];
  for (let at = 0; at < values.length; at++) {
    const index = from === 'first' ? at : values.length - 1 - at;
    const value = values[index];
    const step = steps[index];
    if (typeof value === 'number' && step !== undefined)
      return { x: chart.valToPos(step, 'x', true), y: chart.valToPos(value, 'y', true) };
  }
  return null;
}

interface Place {
  left: number;
  /** Of the middle. */
  y: number;
  width: number;
}

/**
 * Names at the lines' ends, in place of a legend: above the end, else below it; a level's also at its beginning. Where all of
 * that is taken, as near as can be above what is there, or below it.
 */
export function drawLabels(chart: uPlot, lines: readonly Pick<ChartLine, 'name' | 'look'>[], color: Palette): void {
  const { ctx, bbox } = chart;
  const unit = devicePixelRatio;
  const [lineHeight, margin] = [13 * unit, 4 * unit];
  const right = bbox.left + bbox.width;
  const bottom = bbox.top + bbox.height;
  const placed: Place[] = [];
  const isFree = ({ left, y, width }: Place): boolean =>
    y > bbox.top + lineHeight / 2 &&
    y < bottom - lineHeight / 2 &&
    !placed.some(
      (other) => Math.abs(other.y - y) < lineHeight && left < other.left + other.width && other.left < left + width,
    );
  ctx.save();
  ctx.font = `${11 * unit}px ${color('--sans')}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  ctx.lineJoin = 'round';
  ctx.lineWidth = 3 * unit;
  ctx.strokeStyle = color('--ground');
  lines.forEach(({ name, look }, index) => {
    const end = name === '' ? null : endOf(chart, index + 1, 'last');
    if (!end) return;
    const { width } = ctx.measureText(name);
    const left = Math.min(end.x + margin, right - width);
    const [above, below] = [end.y - 10 * unit, end.y + 10 * unit];
    const places: Place[] = [above, below].map((y) => ({ left, y, width }));
    const begin = look === 'level' ? endOf(chart, index + 1, 'first') : null;
    if (begin) places.push(...[above, below].map((y) => ({ left: begin.x + margin, y, width })));
    // Nowhere: upwards, then downwards, as near as can be.
    for (let y = above; y > bbox.top; y -= lineHeight / 2) places.push({ left, y, width });
    for (let y = below; y < bottom; y += lineHeight / 2) places.push({ left, y, width });
    const place = places.find(isFree);
    if (!place) return;
    placed.push(place);
    ctx.strokeText(name, place.left, place.y);
    ctx.fillStyle = labelColor(look, color);
    ctx.fillText(name, place.left, place.y);
  });
  ctx.restore();
}
