import type { Page } from '@playwright/test';

/** A page may not be busy for longer at a time (performance.md), ms. */
export const longestTask = 50;

/** Times are wall time, so another program on the machine may spoil an attempt: so often is something done at most. */
export const mostAttempts = 3;

export interface TaskWatch {
  /** Longest task of the page's main thread so far, ms; 0 for none of 50 ms or more. */
  longest(): Promise<number>;
}

/** Watches the main thread from now on. */
export async function watchTasks(page: Page): Promise<TaskWatch> {
  await page.evaluate(() => {
    const state = { longest: 0 };
    Object.assign(globalThis, { watchedTasks: state });
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) state.longest = Math.max(state.longest, duration);
    }).observe({ type: 'longtask' });
  });
  return {
    longest: async () => {
      // Long tasks are told a moment later.
      await page.waitForTimeout(200);
      return page.evaluate(() => (globalThis as unknown as { watchedTasks: { longest: number } }).watchedTasks.longest);
    },
  };
}

/**
 * Longest task of the page's main thread while something is done, ms. Times are wall time: another program on the machine
 * may take its share of an attempt, so what took too long is done again. What the page itself does too long it does each
 * time.
 */
export async function longestTaskOf(page: Page, act: () => Promise<void>): Promise<number> {
  let longest = Infinity;
  for (let attempt = 0; attempt < mostAttempts && longest > longestTask; attempt++) {
    const watch = await watchTasks(page);
    await act();
    longest = Math.min(longest, await watch.longest());
  }
  return longest;
}
