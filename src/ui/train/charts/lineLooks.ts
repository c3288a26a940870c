/** How lines look: thin, raw faint and smoothed strong, measurements as points; told apart by shape as well as by colour. */
import type uPlot from 'uplot';
import type { LineLook } from '../../../state/chartMeasures';
import type { Palette } from '../../charts/palette';

/** The colour of a line's name. */
export const labelColor = (look: LineLook, color: Palette): string =>
  ({
    raw: color('--muted'),
    strong: color('--accent'),
    points: color('--text'),
    best: color('--text'),
    level: color('--muted'),
    overlay: color('--warning'),
  })[look];

export function lineLook(look: LineLook, color: Palette): uPlot.Series {
  const stroke = labelColor(look, color);
  const ring = { show: true, size: 7, width: 1.5, fill: color('--surface') };
  switch (look) {
    case 'raw':
      return { stroke: color('--raw-line'), width: 1, spanGaps: true, points: { show: false } };
    case 'strong':
      return { stroke, width: 2, spanGaps: true, points: { show: false } };
    case 'points':
      return { stroke, width: 0, points: ring };
    case 'best':
      return { stroke, width: 0, points: { ...ring, size: 9, fill: stroke } };
    case 'level':
      return { stroke, width: 1, dash: [4, 4], spanGaps: true, points: { show: false } };
    case 'overlay':
      return { stroke, width: 1.5, dash: [6, 3], spanGaps: true, points: ring };
  }
}
