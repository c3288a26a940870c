/** How overlaid curves are drawn: a line and a row of points for each run, its letter at both. */
import type uPlot from 'uplot';
import { measureFacts } from '../../state/chartMeasures';
import { axes, crosshair, heightScale } from '../charts/axes';
import { readPalette, type Palette } from '../charts/palette';
import { runMarks } from './runMarks';

export const overlayHeight = 260;

/** More validation points than this are too close for a letter each. */
const mostLetters = 12;

/** Each run's letter at the end of its line and above its validation points; letters at the ends keep apart. */
function letters(chart: uPlot, color: Palette): void {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  const xs = chart.data[0];
  const place = (index: number, value: number): { x: number; y: number } => ({
    x: chart.valToPos(xs[index] ?? 0, 'x', true),
    y: chart.valToPos(value, 'y', true),
  });
  ctx.save();
  ctx.font = `600 ${11 * ratio}px ${color('--sans')}`;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'center';
  const ends: { letter: string; tone: string; x: number; y: number }[] = [];
  for (const [run, { letter, color: token }] of runMarks.entries()) {
    const line = chart.data[2 * run + 1] ?? [];
    const points = [...(chart.data[2 * run + 2] ?? [])].flatMap((value, index) =>
      typeof value === 'number' ? [place(index, value)] : [],
    );
    const tone = color(token);
    const last = line.findLastIndex((value) => typeof value === 'number');
    if (last >= 0) ends.push({ letter, tone, ...place(last, line[last] ?? 0) });
    ctx.fillStyle = tone;
    if (points.length <= mostLetters) for (const { x, y } of points) ctx.fillText(letter, x, y - 10 * ratio);
  }
  let below = -Infinity;
  for (const { letter, tone, x, y } of ends.sort((a, b) => a.y - b.y)) {
    below = Math.max(y, below + 12 * ratio);
    ctx.fillStyle = tone;
    ctx.fillText(letter, Math.min(x + 9 * ratio, bbox.left + bbox.width + 8 * ratio), below);
  }
  ctx.restore();
}

/** Options for `runs` runs, whose columns are those of `overlayColumns`. */
export function overlayOptions(
  width: number,
  runs: number,
  log: boolean,
  onCursor: (index: number | null) => void,
): uPlot.Options {
  const color = readPalette();
  return {
    width,
    height: overlayHeight,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    cursor: crosshair,
    scales: { x: { time: false }, y: heightScale(log) },
    axes: axes(color, log, measureFacts.loss.axis),
    series: [
      {},
      ...runMarks.slice(0, runs).flatMap(({ color: token, dash }): uPlot.Series[] => [
        { stroke: color(token), width: 2, dash, spanGaps: true, points: { show: false } },
        { stroke: color(token), width: 0, points: { show: true, size: 7, width: 1.5, fill: color('--surface') } },
      ]),
    ],
    hooks: {
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? null)],
      draw: [(chart) => letters(chart, color)],
    },
  };
}
