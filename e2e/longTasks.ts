import type { Page } from '@playwright/test';

/** A page may not be busy for longer at a time (performance.md), ms. */
const limitMs = 50;

export interface TaskWatch {
  limitMs: number;
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
    limitMs,
    longest: async () => {
      // Long tasks are told a moment later.
      await page.waitForTimeout(200);
      return page.evaluate(() => (globalThis as unknown as { watchedTasks: { longest: number } }).watchedTasks.longest);
    },
  };
}
