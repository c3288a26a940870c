/**
 * Runs that are killed at random moments, in a real browser: the tab, the page, the worker, the device, the browser's processes.
 * Each time the page offers to continue; in the end the run is, number for number, one that was never interrupted.
 */
import { test } from '@playwright/test';
import { Random } from '../src/lib/random';
import { computed, readDisk, type Disk } from './keptRuns';
import { expect, type Backend } from './studio';
import { Life, Profile, shortRun, type Kill } from './survivor';

/** Every file of these runs is named by a record and whole, and each computed what the first did. */
function expectTheSame(disk: Disk): void {
  expect(disk.orphans).toEqual([]);
  expect(disk.damaged).toEqual([]);
  expect(disk.runs.length).toBeGreaterThan(1);
  const [first, ...others] = disk.runs.sort((one, two) => one.record.createdAt - two.record.createdAt).map(computed);
  for (const other of others) expect(other).toEqual(first);
}

const shuffled = <T>(items: T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, key: random() }))
    .sort((one, two) => one.key - two.key)
    .map(({ item }) => item);

interface Blow {
  kill: Kill;
  /** It falls into the writing of a checkpoint, when so much of it is on disk (1: all, but no record names it). Else at any moment. */
  written?: number;
}

/** In random order. A worker that dies twice in one page within a minute is not begun again unasked, so never two in a row. */
function inRandomOrder(blows: Blow[], random: () => number): Blow[] {
  for (;;) {
    const order = shuffled(blows, random);
    if (order.every(({ kill }, index) => kill !== 'end the worker' || order[index - 1]?.kill !== kill)) return order;
  }
}

interface Lineage {
  backend: Backend;
  steps: number;
  blows: Blow[];
  /** At most so many steps from one kill to the next. */
  stride: number;
  seed: number;
}

/** Trains once without trouble, then again with all of it; compares the two. */
async function survive({ backend, steps, blows, stride, seed }: Lineage): Promise<void> {
  const numbers = new Random(seed);
  const random = (): number => numbers.uniform();
  const profile = new Profile(shortRun(steps));
  const moments: string[] = [];
  try {
    const life = new Life(profile, backend);
    await life.begin();
    await life.start();
    const [whole] = (await life.end(steps)).runs;
    const { bytes } = whole?.checkpoints.at(-1) ?? { bytes: 0 };
    expect(bytes).toBeGreaterThan(2 ** 17);
    const stepMs = (whole?.record.trainingMs ?? 0) / steps;
    /** Steps that may pass between a look and a kill. */
    const margin = 2 + Math.ceil(500 / stepMs);

    await life.start();
    let step = 0;
    let losses = 0;
    for (const { kill, written } of inRandomOrder(blows, random)) {
      let target = step + 1 + Math.floor(random() * stride);
      if (target > steps - margin) {
        // A fast machine: the next run suffers the rest.
        await life.end(steps);
        await life.start();
        target = 1 + Math.floor(random() * stride);
        losses = 0;
      }
      step = await life.reach(target);
      if (written === undefined)
        await new Promise((resolve) => setTimeout(resolve, random() * Math.min(300, 2 * stepMs)));
      else {
        await life.holdInCheckpoint(written < 1 ? Math.floor(written * bytes) : Infinity);
        // On disk as the kill finds it: a checkpoint that no record names yet.
        expect((await readDisk(life.page)).orphans).toEqual([expect.stringMatching(/\/checkpoint-\d+$/)]);
      }
      await life.suffer(kill);
      if (kill === 'destroy the device') {
        losses += 1;
        const told = life.page.locator('.run-log li', { hasText: 'A new device is open' });
        await expect(told).toHaveCount(losses, { timeout: 60_000 });
        moments.push(`${kill} at step ${step}`);
      } else {
        const place = written === undefined ? '' : `, a checkpoint written to ${Math.round(100 * written)} %`;
        moments.push(`${kill} at step ${step}${place}: ${await life.goOn()}`);
      }
    }
    expectTheSame(await life.end(steps));
    expect(moments).toHaveLength(blows.length);
  } finally {
    console.log(moments.join('\n'));
    await profile.remove();
  }
}

test('a run on the CPU that is killed sixteen times, seven of them in a checkpoint, is one that was never interrupted', async () => {
  test.setTimeout(900_000);
  const times = (count: number, kill: Kill): Blow[] => Array.from({ length: count }, () => ({ kill }));
  await survive({
    backend: 'wasm',
    steps: 90,
    stride: 4,
    seed: 20,
    blows: [
      ...times(2, 'close the tab'),
      { kill: 'close the tab', written: 0.5 },
      ...times(2, 'crash the page'),
      { kill: 'crash the page', written: 0 },
      ...times(2, 'reload'),
      { kill: 'reload', written: 0.95 },
      ...times(2, 'end the worker'),
      { kill: 'end the worker', written: 0.3 },
      { kill: 'end the worker', written: 1 },
      { kill: 'kill the browser' },
      { kill: 'kill the browser', written: 0.7 },
      { kill: 'kill the browser', written: 1 },
    ],
  });
});

test('a run on the GPU whose device is lost four times is one that was never interrupted', async () => {
  test.setTimeout(600_000);
  const lost: Blow = { kill: 'destroy the device' };
  await survive({
    backend: 'webgpu',
    steps: 16,
    stride: 3,
    seed: 4,
    blows: [lost, { kill: 'end the worker' }, lost, lost, lost],
  });
});
