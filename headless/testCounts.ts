/** Tests that passed and failed; one that was skipped has failed. */
export interface Counts {
  passed: number;
  failed: number;
}

const numberAt = (value: unknown, key: string): number => {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  if (typeof found !== 'number') throw new Error(`report: ${key} must be a number, got ${String(found)}`);
  return found;
};

/** Counts of Vitest's JSON report. A file that could not be loaded has no tests to count: it is one failure. */
export function countVitest(report: unknown): Counts {
  const at = (key: string): number => numberAt(report, key);
  const failedTests = at('numFailedTests') + at('numPendingTests') + at('numTodoTests');
  const { testResults } = report as { testResults?: { status: string; assertionResults: unknown[] }[] };
  const unloaded = (testResults ?? []).filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  return { passed: at('numPassedTests'), failed: failedTests + unloaded.length };
}

/** Counts of Playwright's JSON report. Flaky tests passed only on a second try: they failed. */
export function countPlaywright(report: unknown): Counts {
  const { stats, errors } = report as { stats?: unknown; errors?: unknown[] };
  const at = (key: string): number => numberAt(stats, key);
  return { passed: at('expected'), failed: at('unexpected') + at('flaky') + at('skipped') + (errors?.length ?? 0) };
}
