/** A hundred thousand conversations, a hundred megabytes: the page stays what it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeConversations } from '../bench/data/makeConversations';
import type { Page } from '@playwright/test';
import { longestTask, longestTaskDuring, mostAttempts } from './longTasks';
import { expect, test, type Studio } from './studio';

const rows = 100_000;
/** performance.md: above what the page holds before, bytes. */
const mostMemory = 400 << 20;

/** What lies in the page's private file system: a file counts once it is written to its end. */
const keptFiles = (page: Page): Promise<{ file: boolean; arrays: boolean }> =>
  page.evaluate(async () => {
    const has = async (name: string, least: number): Promise<boolean> => {
      try {
        const own = await (await navigator.storage.getDirectory()).getDirectoryHandle('tunesmith');
        // Chromium writes into a neighbour that ends in .crswap.
        for await (const [file, handle] of (await own.getDirectoryHandle(name)).entries())
          if (!file.endsWith('.crswap') && (await (handle as FileSystemFileHandle).getFile()).size > least) return true;
      } catch {
        // Not there yet.
      }
      return false;
    };
    return { file: await has('data-file', 1e7), arrays: await has('tokens', 1e7) };
  });

interface Figures {
  seconds: number;
  /** Above idle; null where the system does not tell. */
  peakBytes: number | null;
  /** While reading and scrolling. */
  longestTaskMs: number;
  /** 95 % of the frames while scrolling came within this time. */
  frameMs: number;
}

/** Opens a file and scrolls through all of it: slowly at first, then with the handle of the scroll bar pulled down. */
async function openAndScroll(studio: Studio, page: Page, path: string, sizeBytes: number): Promise<Figures> {
  const memory = await studio.memory();
  const begun = performance.now();
  let seconds = 0;
  const longestReading = await longestTaskDuring(page, async () => {
    await studio.choose(path);
    await expect(studio.data.getByRole('progressbar')).toBeVisible();
    await expect(studio.data.getByRole('progressbar')).toBeHidden({ timeout: 500_000 });
    await expect(studio.figure('rows')).toHaveText('100,000');
    seconds = (performance.now() - begun) / 1000;
  });
  const peakBytes = memory ? memory.peak() - memory.idleBytes : null;
  const list = studio.data.getByRole('listbox', { name: 'Rows' });
  let frames: number[] = [];
  const longestScrolling = await longestTaskDuring(page, async () => {
    frames = await list.evaluate(async (element) => {
      const gaps: number[] = [];
      let last = performance.now();
      const end = element.scrollHeight - element.clientHeight;
      for (let frame = 0; frame < 240; frame++) {
        element.scrollTop = frame < 120 ? frame * 60 : (end * (frame - 119)) / 120;
        const now = await new Promise<number>((next) => requestAnimationFrame(next));
        gaps.push(now - last);
        last = now;
      }
      return gaps.slice(1).sort((one, other) => one - other);
    });
    await expect(list.getByRole('option').filter({ hasText: '100,000' })).toContainText('tokens');
  });
  const at = (share: number): number => frames[Math.floor(share * (frames.length - 1))] ?? 0;
  console.log(
    `large: ${(sizeBytes / 1e6).toFixed(0)} MB in ${seconds.toFixed(1)} s (${(sizeBytes / 1e6 / seconds).toFixed(2)} MB/s), ` +
      `${peakBytes === null ? 'memory not measured' : `${(peakBytes / 2 ** 20).toFixed(0)} MiB above idle`}, longest task ${longestReading.toFixed(0)} ms reading, ` +
      `${longestScrolling.toFixed(0)} ms scrolling; frames: median ${at(0.5).toFixed(1)} ms, 95 % ${at(0.95).toFixed(1)} ms, worst ${at(1).toFixed(1)} ms`,
  );
  return { seconds, peakBytes, longestTaskMs: Math.max(longestReading, longestScrolling), frameMs: at(0.95) };
}

test('100,000 conversations open in bounded memory, and scrolling through them stays smooth', async ({
  studio,
  page,
}) => {
  test.setTimeout(600_000);
  const folder = mkdtempSync(join(tmpdir(), 'tunesmith-large-'));
  const open = (seed: number): Promise<Figures> => {
    const path = join(folder, `large-${seed}.jsonl`);
    return openAndScroll(studio, page, path, writeConversations(path, rows, seed));
  };
  try {
    await studio.open('wasm');
    await studio.ready();
    const first = await open(11);
    if (first.peakBytes !== null) expect(first.peakBytes, 'bytes above idle').toBeLessThan(mostMemory);

    // The file and its arrays are kept: after a refresh nothing is tokenized again.
    await expect.poll(() => keptFiles(page), { timeout: 90_000 }).toEqual({ file: true, arrays: true });
    await page.reload();
    const reloaded = performance.now();
    await expect(studio.figure('rows')).toHaveText('100,000', { timeout: 60_000 });
    const reloadSeconds = (performance.now() - reloaded) / 1000;
    console.log(`large: after a refresh the rows are there in ${reloadSeconds.toFixed(1)} s`);
    expect(reloadSeconds).toBeLessThan(first.seconds);

    // What the page itself does too long it does each time.
    const isSmooth = ({ longestTaskMs, frameMs }: Figures): boolean =>
      longestTaskMs <= longestTask && frameMs < longestTask;
    let figures = first;
    for (let attempt = 1; attempt < mostAttempts && !isSmooth(figures); attempt++) figures = await open(11 + attempt);
    expect(figures.frameMs, 'time between frames while scrolling, ms').toBeLessThan(longestTask);
    expect(figures.longestTaskMs, 'longest task of the page, ms').toBeLessThanOrEqual(longestTask);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
