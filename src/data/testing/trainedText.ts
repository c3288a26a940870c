import { ignoreLabel } from '../../protocol/example';
import type { LabelledRow } from '../label/labelRow';

/** The stretches of a row's text that are trained: one for each run of neighbouring trained tokens. */
export function trainedText({ labels, offsets, text }: Pick<LabelledRow, 'labels' | 'offsets' | 'text'>): string[] {
  const runs: string[] = [];
  let start = -1;
  labels.forEach((value, index) => {
    if (value === ignoreLabel) return;
    if (start < 0) start = offsets[index * 2] ?? 0;
    if ((labels[index + 1] ?? ignoreLabel) !== ignoreLabel) return;
    runs.push(text.slice(start, offsets[index * 2 + 1]));
    start = -1;
  });
  return runs;
}
