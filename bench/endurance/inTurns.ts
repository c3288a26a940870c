import type { Page } from 'playwright-core';
import { stepsDone } from './stepsDone';

/** Short, because the speed of a machine changes within seconds. */
const turnMs = 3000;
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

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/** Pauses a run, and waits until it has stopped. */
export async function pause(page: Page): Promise<void> {
  await press(page, 'Pause');
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
  await page.waitForTimeout(settled);
}

/** Steps per second of a paused run, which goes on for a turn. */
async function turn(page: Page): Promise<number> {
  await page.bringToFront();
  await page.waitForTimeout(settled);
  const before = await stepsDone(page);
  const began = performance.now();
  await press(page, 'Resume');
  await page.waitForTimeout(turnMs);
  await press(page, 'Pause');
  await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
  const seconds = (performance.now() - began) / 1000;
  await page.waitForTimeout(settled);
  return ((await stepsDone(page)) - before) / seconds;
}

/**
 * The speed of one run over that of another, both paused: only one of them trains at a time, in turns, so that a machine that
 * is faster now and slower then is so for both. Each goes first every other time.
 */
export async function inTurns(name: string, one: Page, other: Page, count: number): Promise<Turns> {
  const pairs: [one: number, other: number][] = [];
  for (let at = 0; at < count; at++) {
    const first = at % 2 === 0 ? one : other;
    const speed = await turn(first);
    const next = await turn(first === one ? other : one);
    pairs.push(first === one ? [speed, next] : [next, speed]);
    process.stderr.write(`${name}, turn ${at + 1}: ${JSON.stringify(pairs.at(-1))}\n`);
  }
  const ratios = pairs.map(([ours, theirs]) => ours / theirs);
  const sum = (side: 0 | 1): number => pairs.reduce((total, pair) => total + pair[side], 0);
  const ordered = [...ratios].sort((a, b) => a - b);
  // Between these two of n values, in order, the median lies in 95 of 100 cases (Conover, Practical Nonparametric Statistics, 3.2).
  const reach = 0.98 * Math.sqrt(count);
  const low = ordered[Math.max(0, Math.floor(count / 2 - reach))] ?? NaN;
  const high = ordered[Math.min(count - 1, Math.ceil(count / 2 + reach) - 1)] ?? NaN;
  return {
    ratios,
    median: ((ordered[(count - 1) >> 1] ?? NaN) + (ordered[count >> 1] ?? NaN)) / 2,
    total: sum(0) / sum(1),
    medianError: (high - low) / 2,
  };
}
