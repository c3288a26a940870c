import type { Page } from 'playwright-core';

/** For the browser: pages and workers can ask for their garbage to be collected. */
export const gcFlag = '--js-flags=--expose-gc';

/** Emptied pages of memory are given back a moment later. */
const settleMs = 3000;

function collect(): void {
  if (!globalThis.gc) throw new Error('The browser was started without --expose-gc');
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Resident bytes right after every thread of the page has collected its garbage: what it needs; a leak stays. */
export async function afterCollection(page: Page, residentBytes: () => number): Promise<number> {
  await page.evaluate(collect);
  // Threads of the WebAssembly runtime wait for work and answer nobody; they make no garbage.
  const answered = page.workers().map((worker) => worker.evaluate(collect).catch(() => undefined));
  await Promise.race([Promise.all(answered), page.waitForTimeout(settleMs)]);
  await page.waitForTimeout(settleMs);
  return residentBytes();
}
