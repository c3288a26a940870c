/** How compared runs are told apart: by letter and dash, and by colour besides. */

import type { Token } from '../charts/palette';

export interface RunMark {
  letter: string;
  /** Token of its colour (styles/runs.css). */
  color: Token;
  /** Lengths of strokes and gaps in pixels; [] is a whole line. */
  dash: number[];
}

/** One for each run that can be compared at once. */
export const runMarks: readonly RunMark[] = [
  { letter: 'A', color: '--run-a', dash: [] },
  { letter: 'B', color: '--run-b', dash: [8, 4] },
  { letter: 'C', color: '--run-c', dash: [2, 3] },
  { letter: 'D', color: '--run-d', dash: [10, 3, 2, 3] },
  { letter: 'E', color: '--run-e', dash: [16, 5] },
  { letter: 'F', color: '--run-f', dash: [5, 3, 2, 3, 2, 3] },
];
