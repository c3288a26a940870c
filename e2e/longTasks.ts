import type { Page } from '@playwright/test';

/** A page may not be busy for longer at a time (performance.md), ms. */
export const longestTask = 50;

/** Another program on the machine may spoil an attempt: so often is something done at most. */
export const mostAttempts = 3;

/**
 * A task that ran for less than this stood in line for a processor, which others used or the machine's host gave to
 * another machine: 3 ms of work have been seen to take 36 ms so. Of a machine that runs at half its speed it is
 * {@link longestTask}. Processor time, ms.
 */
const leastWork = longestTask / 2;

/** An event of Chromium's trace, of what is read here. Times in microseconds: on the clock, and of the processor. */
interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  dur?: number;
  tdur?: number;
  args?: { name?: string };
}

/**
 * Longest task of the page's main thread while something is done, ms on the clock; 0 without any. Tasks that only
 * waited for a processor are not the page's, see {@link leastWork}. From Chromium's own trace, the one source that tells
 * both times of a task.
 */
export async function longestTaskDuring(page: Page, act: () => Promise<void>): Promise<number> {
  const browser = page.context().browser();
  if (!browser)
    throw new Error('longestTaskDuring: the page\u2019s browser is not known, so that it can\u2019t be traced');
  const session = await browser.newBrowserCDPSession();
  const events: TraceEvent[] = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel'], excludedCategories: ['*'] },
  });
  const complete = new Promise<{ dataLossOccurred: boolean }>((resolve) =>
    session.once('Tracing.tracingComplete', resolve),
  );
  try {
    await act();
  } finally {
    await session.send('Tracing.end');
  }
  const { dataLossOccurred } = await complete;
  await session.detach();
  if (dataLossOccurred) throw new Error('longestTaskDuring: the browser lost a part of its trace');
  return longestOf(events);
}

function longestOf(events: readonly TraceEvent[]): number {
  const named = (kind: string, name: string): TraceEvent[] =>
    events.filter((event) => event.name === kind && event.args?.name === name);
  const renderers = new Set(named('process_name', 'Renderer').map(({ pid }) => pid));
  const threadOf = ({ pid, tid }: TraceEvent): string => `${pid}/${tid}`;
  const mains = new Set(
    named('thread_name', 'CrRendererMain')
      .filter(({ pid }) => renderers.has(pid))
      .map(threadOf),
  );
  const tasks = events.filter(
    (event) => event.ph === 'X' && event.name === 'ThreadControllerImpl::RunTask' && mains.has(threadOf(event)),
  );
  if (tasks.length === 0) throw new Error('longestTaskDuring: no task of a page in the browser\u2019s trace');
  let longest = 0;
  for (const { dur = 0, tdur = 0 } of tasks) {
    const [taken, worked] = [dur / 1000, tdur / 1000];
    if (taken <= longestTask || worked >= leastWork) longest = Math.max(longest, taken);
    if (taken > longestTask)
      console.log(`a task of ${taken.toFixed(0)} ms had the processor for ${worked.toFixed(0)} ms`);
  }
  return longest;
}

/** The shortest of at most {@link mostAttempts} times of {@link longestTaskDuring}: what the page does too long it does each time. */
export async function longestTaskOf(page: Page, act: () => Promise<void>): Promise<number> {
  let longest = Infinity;
  for (let attempt = 0; attempt < mostAttempts && longest > longestTask; attempt++)
    longest = Math.min(longest, await longestTaskDuring(page, act));
  return longest;
}
