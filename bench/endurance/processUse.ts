import { readFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';

export interface ProcessUse {
  /**
   * Resident bytes of their own (RssAnon) of the page's process, its workers among it, and of the GPU's. Pages of the program's
   * file, which all processes share, grow as parts of it are used for the first time, and are no part of that.
   */
  rendererBytes: number;
  gpuProcessBytes: number;
  /** Processor time of the page's process since it began. */
  rendererCpuSeconds: number;
}

export interface ProcessReader {
  read(): ProcessUse;
}

/** What the browser's processes, those that there are now, use at any later time, by Linux's /proc; NaN elsewhere. */
export async function processUse(browser: Browser): Promise<ProcessReader> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const sum = (type: string, read: (id: number) => number): number =>
    processInfo.filter((one) => one.type === type).reduce((total, { id }) => total + read(id), 0);
  return {
    read: () => ({
      rendererBytes: sum('renderer', resident),
      gpuProcessBytes: sum('GPU', resident),
      rendererCpuSeconds: sum('renderer', cpuSeconds),
    }),
  };
}

/** Fields 14 and 15 of /proc/PID/stat, user and system time in hundredths of a second (proc(5); USER_HZ is 100). */
function cpuSeconds(processId: number): number {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return process.platform === 'linux' ? 0 : NaN;
  }
}

function resident(processId: number): number {
  try {
    const status = readFileSync(`/proc/${processId}/status`, 'utf8');
    return 1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN);
  } catch {
    return process.platform === 'linux' ? 0 : NaN; // That process has ended.
  }
}
