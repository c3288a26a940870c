import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';

/** Resident bytes now (VmRSS of Linux's /proc; NaN elsewhere) of the page's process, its workers among it, and the GPU's. */
export async function processMemory(
  browser: Browser,
): Promise<{ read(): { rendererBytes: number; gpuProcessBytes: number } }> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sum = (type: string): number =>
    processInfo.filter((one) => one.type === type).reduce((total, { id }) => total + resident(id), 0);
  return { read: () => ({ rendererBytes: sum('renderer'), gpuProcessBytes: sum('GPU') }) };
}

function resident(processId: number): number {
  try {
    const status = readFileSync(`/proc/${processId}/status`, 'utf8');
    return 1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN);
  } catch {
    return process.platform === 'linux' ? 0 : NaN; // That process has ended.
  }
}
