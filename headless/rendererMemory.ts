import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';

export interface RendererMemory {
  /** Collects the garbage of every thread; then what is resident, bytes. */
  idle(): Promise<number>;
  /** Most that was resident since the last restart, bytes. */
  peak(): number;
  /** Begins anew: the peak is what is resident now. */
  restart(): void;
}

/**
 * Resident memory of the page's renderer process, its workers among it, as Linux counts it (VmRSS and VmHWM of /proc);
 * null elsewhere. Chromium may hold a spare renderer, which is counted too and does not grow.
 */
export async function rendererMemory(browser: Browser, page: Page): Promise<RendererMemory | null> {
  if (process.platform !== 'linux') return null;
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const ids = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  const sum = (field: 'VmRSS' | 'VmHWM'): number =>
    ids.reduce((total, id) => {
      const found = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${id}/status`, 'utf8'));
      return total + 1024 * Number(found?.[1] ?? NaN);
    }, 0);
  return {
    idle: async () => {
      const pageSession = await page.context().newCDPSession(page);
      await pageSession.send('Memory.simulatePressureNotification', { level: 'critical' });
      // Some time to give it back.
      await page.waitForTimeout(2000);
      return sum('VmRSS');
    },
    peak: () => sum('VmHWM'),
    // Writing 5 sets the peak back to what is held now.
    restart: () => ids.forEach((id) => writeFileSync(`/proc/${id}/clear_refs`, '5')),
  };
}
