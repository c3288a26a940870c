/**
 * Milliseconds that a piece of work took, for tests that bound them: time on the clock or processor time of the whole
 * process, whichever is less. The clock counts what other programs took of a busy machine, processor time what helper
 * threads did beside the work; neither is the work's own.
 */
export function workMs(work: () => void): number {
  const begunAt = performance.now();
  const used = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(used);
  return Math.min(performance.now() - begunAt, (user + system) / 1000);
}
