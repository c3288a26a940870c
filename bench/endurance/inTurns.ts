import type { Page } from 'playwright-core';
import type { ProcessReader } from './processUse';
import { stepsDone } from './stepsDone';

/** Short, because the speed of a machine changes within seconds; long enough that a step more or less is little. */
const turnMs = 6000;
/** What a page shows may be a second late, more so after it was hidden: 300 ms counted steps for the wrong turn. */
const settled = 1500;

/** How fast one run is against another. */
export interface Turns {
  /** Steps per second of the one over those of the other, turn by turn. */
  ratios: number[];
  median: number;
  /** Of all turns together. */
  total: number;
  /** How far the median may be off by chance: half the width of its 95 % interval, from the order of the ratios (binomial). */
  medianError: number;
}

/** Seconds by the clock, and by what the page's processes had of the processor. */
export interface InTurns {
  byClock: Turns;
  byProcessor: Turns;
}

/** Steps of a turn, and what they took. */
interface Turn {
  steps: number;
  seconds: number;
  cpuSeconds: number;
}

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** Pauses a run, and waits until it has stopped. */
export async function pause(page: Page): Promise<void> {
  await press(page, 'Pause');
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
  await page.waitForTimeout(settled);
}

/** A paused run goes on for a turn. */
async function turn(page: Page, use: ProcessReader): Promise<Turn> {
  await page.bringToFront();
  await page.waitForTimeout(settled);
  const before = await stepsDone(page);
  const began = performance.now();
  const cpuBegan = use.read().rendererCpuSeconds;
  await press(page, 'Resume');
  await page.waitForTimeout(turnMs);
  await press(page, 'Pause');
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
  const seconds = (performance.now() - began) / 1000;
  const cpuSeconds = use.read().rendererCpuSeconds - cpuBegan;
  await page.waitForTimeout(settled);
  return { steps: (await stepsDone(page)) - before, seconds, cpuSeconds };
}

/**
 * The speed of one run over that of another, both paused: only one of them trains at a time, in turns, so that a machine that
 * is faster now and slower then is so for both. Each goes first every other time.
 */
export async function inTurns(
  name: string,
  one: Page,
  other: Page,
  count: number,
  use: ProcessReader,
): Promise<InTurns> {
  const pairs: [one: Turn, other: Turn][] = [];
  for (let at = 0; at < count; at++) {
    const first = at % 2 === 0 ? one : other;
    const sooner = await turn(first, use);
    const later = await turn(first === one ? other : one, use);
    pairs.push(first === one ? [sooner, later] : [later, sooner]);
    process.stderr.write(`${name}, turn ${at + 1}: ${JSON.stringify(pairs.at(-1))}\n`);
  }
  return { byClock: compared(pairs, 'seconds'), byProcessor: compared(pairs, 'cpuSeconds') };
}

function compared(pairs: readonly (readonly [one: Turn, other: Turn])[], time: 'seconds' | 'cpuSeconds'): Turns {
  const ratios = pairs.map(([one, other]) => one.steps / one[time] / (other.steps / other[time]));
  const total = (side: 0 | 1, of: 'steps' | typeof time): number =>
    pairs.reduce((sum, pair) => sum + pair[side][of], 0);
  const count = ratios.length;
  const ordered = [...ratios].sort((a, b) => a - b);
  // Between these two of n values, in order, the median lies in 95 of 100 cases (Conover, Practical Nonparametric Statistics, 3.2).
  const reach = 0.98 * Math.sqrt(count);
  const low = ordered[Math.max(0, Math.floor(count / 2 - reach))] ?? NaN;
  const high = ordered[Math.min(count - 1, Math.ceil(count / 2 + reach) - 1)] ?? NaN;
  return {
    ratios,
    median: ((ordered[(count - 1) >> 1] ?? NaN) + (ordered[count >> 1] ?? NaN)) / 2,
    total: total(0, 'steps') / total(0, time) / (total(1, 'steps') / total(1, time)),
    medianError: (high - low) / 2,
  };
}
