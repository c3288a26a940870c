import type { Page } from 'playwright-core';
import type { StepLine } from './keptEvents';
import { stepsDone } from './stepsDone';

/** Short, because the speed of a machine changes within seconds; some ten steps. */
const turnMs = 3000;
/** What a page shows may be a second late, more so after it was hidden. */
const settled = 1500;
/** Runs are compared in so many parts, of about a turn each. */
const parts = 40;

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** Pauses a run, and waits until it has stopped. */
export async function pause(page: Page): Promise<void> {
  await press(page, 'Pause');
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
}

/** Ends a run. Its events are in storage then. */
export async function stop(page: Page): Promise<void> {
  await page.bringToFront();
  await press(page, 'Stop');
  await page.getByText(/Stopped after [\d,]+ steps/).waitFor({ timeout: 120_000 });
}

/** Steps after `from`, up to `to`. */
export interface StepRange {
  from: number;
  to: number;
}

async function countSettled(page: Page): Promise<number> {
  await page.bringToFront();
  await page.waitForTimeout(settled);
  return stepsDone(page);
}

/**
 * Paused runs train in turns, one at a time, so that a machine that is faster now and slower then is so for all; each goes first
 * as often as the others. Resolves to the steps that each did. All are paused again then.
 */
export async function inTurns(pages: readonly Page[], rounds: number): Promise<StepRange[]> {
  const ranges: StepRange[] = [];
  for (const page of pages) ranges.push({ from: await countSettled(page), to: NaN });
  for (let round = 0; round < rounds; round++) {
    const first = round % pages.length;
    for (const page of [...pages.slice(first), ...pages.slice(0, first)]) {
      await page.bringToFront();
      await press(page, 'Resume');
      await page.waitForTimeout(turnMs);
      await pause(page);
    }
    process.stderr.write(`turn ${round + 1} of ${rounds}\n`);
  }
  for (const [at, page] of pages.entries()) Object.assign(ranges[at] ?? {}, { to: await countSettled(page) });
  return ranges;
}

/** How fast one run is against another. */
export interface Compared {
  /** Tokens per second of steps, of the one over those of the other. */
  ratio: number;
  /** How far that may be off by chance (95 %), by how much the parts of the runs differ. */
  error: number;
}

const speed = (lines: readonly StepLine[]): number =>
  (1000 * lines.reduce((sum, { tokens }) => sum + tokens, 0)) / lines.reduce((sum, { ms }) => sum + ms, 0);

/** Both in order, as made in the same turns: the n-th part of the one and of the other were made at about the same time. */
export function compareSteps(one: readonly StepLine[], other: readonly StepLine[]): Compared {
  const part = (lines: readonly StepLine[], at: number): readonly StepLine[] =>
    lines.slice(Math.floor((lines.length * at) / parts), Math.floor((lines.length * (at + 1)) / parts));
  const logs = Array.from({ length: parts }, (_, at) => Math.log(speed(part(one, at)) / speed(part(other, at))));
  const mean = logs.reduce((sum, value) => sum + value, 0) / parts;
  const squares = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { ratio: speed(one) / speed(other), error: 1.96 * Math.sqrt(squares / (parts - 1) / parts) };
}
