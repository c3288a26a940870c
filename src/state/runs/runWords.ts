/** A kept run in words. Pure. */
import type { KeptRun, RunRecord } from '../../protocol/run';
import { count } from '../format';

/** What a run is called: the name that a person gave it, else the first digits of its configuration's hash. */
export const runName = ({ record, label }: KeptRun): string => label.name || record.configHash.slice(0, 8);

/** How far and how a run went. @param isLive somebody trains it at this moment. */
export function statusText(record: RunRecord, isLive: boolean): string {
  const { status, steps, totalSteps } = record;
  const at = `step ${count(steps)} of ${count(totalSteps)}`;
  switch (status) {
    case 'running':
      return isLive ? 'training now' : `interrupted at ${at}`;
    case 'stopped':
      return `stopped at ${at}`;
    case 'completed':
      return `done, ${count(steps)} of ${count(totalSteps)} steps`;
    case 'early_stopping':
      return `stopped early at ${at}`;
    case 'failed':
      return `failed at ${at}`;
  }
}

const day = new Intl.DateTimeFormat('en', { dateStyle: 'medium' });
const time = new Intl.DateTimeFormat('en', { timeStyle: 'short', hourCycle: 'h23' });

/** "today 14:05", "yesterday 9:30", or the date. */
export function whenText(at: number, now = Date.now()): string {
  const midnight = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  return days <= 0 ? `today ${time.format(at)}` : days === 1 ? `yesterday ${time.format(at)}` : day.format(at);
}

/** Tags as a person types them, between commas: trimmed, each once. */
export const parseTags = (text: string): string[] => [
  ...new Set(
    text
      .split(',')
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
  ),
];

/** What storage takes (`runLabelSchema`). */
export const longestNote = 20_000;
const longestTag = 50;
const mostTags = 50;

/** Why tags can't be kept; null where they can. */
export function tagProblem(tags: readonly string[]): string | null {
  const long = tags.find((tag) => tag.length > longestTag);
  if (long !== undefined)
    return `A tag has at most ${longestTag} characters, got ${long.length}: put a comma between tags, or write a note.`;
  return tags.length > mostTags ? `A run has at most ${mostTags} tags, got ${tags.length}: take some away.` : null;
}

/** A run that went on to its end, by itself: nothing of it is left to do. */
export const isFinished = ({ status }: RunRecord): boolean => status === 'completed' || status === 'early_stopping';
