/** Which run this tab began last; it outlives a reload of the tab, and no other tab sees it. */
const key = 'tunesmith.ownRun';

export function rememberOwn(runId: string): void {
  try {
    sessionStorage.setItem(key, runId);
  } catch {
    // Refused (a private window): another tab may then be the first to offer the run.
  }
}

/** Runs of this page whose worker died under them. */
const died = new Set<string>();
export const noteDeath = (runId: string): void => void died.add(runId);
export const hasDied = (runId: string): boolean => died.has(runId);

export function ownRun(): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}
