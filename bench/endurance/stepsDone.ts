import type { Page } from 'playwright-core';

/** Optimizer steps of the run in the page so far. */
export async function stepsDone(page: Page): Promise<number> {
  return Number((await page.getByRole('progressbar', { name: 'Steps done' }).getAttribute('value')) ?? 0);
}
