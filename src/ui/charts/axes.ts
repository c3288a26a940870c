/** Axes and cursor that all charts have in common. */
import type uPlot from 'uplot';
import type { Palette } from './palette';

/** Of the axes' figures, px. */
const charWidth = 6.5;

/** Distances between figures at a whole-numbered axis: 1, 2 and 5 times powers of ten. */
const wholeIncrements = Array.from({ length: 10 }, (_, power) =>
  [1, 2, 5].map((factor) => factor * 10 ** power),
).flat();

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

/** Heights from zero, or over orders of magnitude; with a little room above. */
export function heightScale(log: boolean): uPlot.Scale {
  return log
    ? { distr: 3, range: (_, min, max) => (min > 0 ? [min / 1.15, max * 1.15] : [0.1, 1]) }
    : { range: (_, min, max) => [Math.min(0, min), max > 0 ? max * 1.08 : 1] };
}

/** Below: whole numbers. Left: as wide as its figures, which `text` writes. */
export function axes(color: Palette, log: boolean, text: (value: number) => string): uPlot.Axis[] {
  const axis: uPlot.Axis = {
    stroke: color('--muted'),
    font: `11px ${color('--sans')}`,
    grid: { stroke: color('--hairline'), width: 1 },
    ticks: { show: false },
  };
  const logarithmic: uPlot.Axis = {
    splits: (_: uPlot, __: number, min: number, max: number) => logTicks(min, max),
    filter: (_: uPlot, ticks: number[]) => ticks,
  };
  return [
    { ...axis, size: 24, gap: 2, incrs: wholeIncrements },
    {
      ...axis,
      size: (_: uPlot, texts: string[] | null) =>
        10 + charWidth * Math.max(3, ...(texts ?? []).map(({ length }) => length)),
      gap: 4,
      values: (_, ticks) => ticks.map(text),
      ...(log ? logarithmic : {}),
    },
  ];
}

/** A crosshair's vertical line and rings on the lines; nothing is zoomed. */
export const crosshair: uPlot.Cursor = { y: false, drag: { x: false, y: false }, points: { size: 6 } };
