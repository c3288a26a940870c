/** Which kept runs are listed, and in which order. Pure. */
import type { KeptRun } from '../../protocol/run';
import { trainedModelName } from '../modelNames';
import type { RunFigures } from './runFigures';
import { runName } from './runWords';

export const runOrders = ['newest', 'loss', 'size', 'name'] as const;
export type RunOrder = (typeof runOrders)[number];

/** Runs in which every word of the text occurs (name, hash, model, data, note, tags), and that have the tag where one is given. */
export function foundRuns(runs: readonly KeptRun[], text: string, tag: string | null): KeptRun[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter((run) => {
    const { record, label } = run;
    if (tag !== null && !label.tags.includes(tag)) return false;
    const said = [
      runName(run),
      record.configHash,
      record.model.name,
      trainedModelName(record.model),
      record.dataName,
      label.note,
      ...label.tags,
    ]
      .join('\n')
      .toLowerCase();
    return words.every((word) => said.includes(word));
  });
}

/** A copy in order; runs without a validation loss come last by loss. */
export function orderedRuns(
  runs: readonly KeptRun[],
  order: RunOrder,
  figures: ReadonlyMap<string, RunFigures>,
): KeptRun[] {
  const loss = ({ record }: KeptRun): number => figures.get(record.id)?.best?.loss ?? Infinity;
  const newest = (a: KeptRun, b: KeptRun): number => b.record.createdAt - a.record.createdAt;
  const by: Record<RunOrder, (a: KeptRun, b: KeptRun) => number> = {
    newest,
    // Not a difference: that of two infinities is no number.
    loss: (a, b) => (loss(a) === loss(b) ? 0 : loss(a) < loss(b) ? -1 : 1),
    size: (a, b) => b.bytes - a.bytes,
    name: (a, b) => runName(a).localeCompare(runName(b)),
  };
  return [...runs].sort((a, b) => by[order](a, b) || newest(a, b));
}

/** Every tag in use, alphabetically. */
export const allTags = (runs: readonly KeptRun[]): string[] =>
  [...new Set(runs.flatMap(({ label }) => label.tags))].sort((a, b) => a.localeCompare(b));
