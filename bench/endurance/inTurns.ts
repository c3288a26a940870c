import type { Page } from 'playwright-core';
import { stepsDone } from './stepsDone';

const warmUpMs = 30_000;
const turnMs = 15_000;

const settled = 1000;

interface Turns {
  /** Steps per second of the old run over those of the fresh one, turn by turn. */
  ratios: number[];
  median: number;
  /** Of all turns together. */
  total: number;
}

const press = (page: Page, name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();

/**
 * The speed of an old run over that of one that has just begun: only one of them trains at a time, in turns, so that a machine
 * that is faster now and slower then is so for both. On return the old run goes on.
 */
export async function inTurns(old: Page, fresh: Page, count: number): Promise<Turns> {
  const turn = async (page: Page, ms: number): Promise<number> => {
    await page.bringToFront();
    await press(page, 'Resume');
    await page.waitForTimeout(settled);
    const before = await stepsDone(page);
    const began = performance.now();
    await page.waitForTimeout(ms);
    const steps = (await stepsDone(page)) - before;
    const seconds = (performance.now() - began) / 1000;
    await press(page, 'Pause');
    await page.getByRole('button', { name: 'Resume', exact: true }).waitFor();
    await page.waitForTimeout(settled);
    return steps / seconds;
  };
  await press(old, 'Pause');
  while ((await stepsDone(fresh)) < 1) await fresh.waitForTimeout(100);
  await fresh.waitForTimeout(warmUpMs);
  await press(fresh, 'Pause');
  const pairs: [old: number, fresh: number][] = [];
  for (let at = 0; at < count; at++) {
    // Each goes first every other time.
    const first = at % 2 === 0 ? old : fresh;
    const one = await turn(first, turnMs);
    const other = await turn(first === old ? fresh : old, turnMs);
    pairs.push(first === old ? [one, other] : [other, one]);
    process.stderr.write(`turn ${at + 1}: ${JSON.stringify(pairs.at(-1))}\n`);
  }
  await old.bringToFront();
  await press(old, 'Resume');
  const ratios = pairs.map(([one, other]) => one / other);
  const sum = (side: 0 | 1): number => pairs.reduce((total, pair) => total + pair[side], 0);
  return { ratios, median: [...ratios].sort((a, b) => a - b)[ratios.length >> 1] ?? NaN, total: sum(0) / sum(1) };
}
