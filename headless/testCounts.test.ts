import { describe, expect, it } from 'vitest';
import { countPlaywright, countVitest } from './testCounts';

const vitestReport = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1, testResults: [] };

describe('test counts', () => {
  it('counts skipped tests and files that could not be loaded as failures (Vitest)', () => {
    expect(countVitest(vitestReport)).toEqual({ passed: 5, failed: 4 });
    const testResults = [
      { status: 'failed', assertionResults: [] },
      { status: 'failed', assertionResults: [{}] },
      { status: 'passed', assertionResults: [{}] },
    ];
    expect(countVitest({ ...vitestReport, testResults })).toEqual({ passed: 5, failed: 5 });
  });

  it('counts skipped and flaky tests and errors outside tests as failures (Playwright)', () => {
    const stats = { expected: 7, unexpected: 1, flaky: 1, skipped: 1 };
    expect(countPlaywright({ stats, errors: [{}] })).toEqual({ passed: 7, failed: 4 });
  });

  it('refuses a report that is none', () => {
    expect(() => countVitest({})).toThrow(/numFailedTests/);
    expect(() => countPlaywright(null)).toThrow();
    expect(() => countPlaywright({})).toThrow(/expected/);
  });
});
