import type { ErrorRecord } from '../../lib/errors';
import type { ProblemClass, RowWarning } from '../../protocol/rows';

const listedRows = 100;

/** Counts the problems of many rows by class. */
export class ProblemCounter {
  readonly #classes = new Map<string, ProblemClass>();

  /** Every problem of a broken row; a class counts a row once. */
  addError(row: number, error: ErrorRecord): void {
    const all = (error.data?.['problems'] as ErrorRecord[] | undefined) ?? [error];
    this.#addOnce(row, 'error', all);
  }

  addWarnings(row: number, warnings: RowWarning[]): void {
    if (warnings.length > 0) this.#addOnce(row, 'warning', warnings);
  }

  #addOnce(row: number, severity: 'error' | 'warning', problems: { code: string; message: string }[]): void {
    const seen = new Set<string>();
    for (const { code, message } of problems) {
      if (seen.has(code)) continue;
      seen.add(code);
      this.add(code, severity, message, row);
    }
  }

  add(code: string, severity: 'error' | 'warning', message: string, row: number): void {
    const known = this.#classes.get(`${severity} ${code}`);
    if (!known) {
      this.#classes.set(`${severity} ${code}`, { code, severity, count: 1, message, rows: [row] });
      return;
    }
    known.count++;
    if (known.rows.length < listedRows) known.rows.push(row);
  }

  /** Errors first, then the most frequent. */
  classes(): ProblemClass[] {
    return [...this.#classes.values()].sort(
      (one, other) =>
        Number(one.severity === 'warning') - Number(other.severity === 'warning') ||
        other.count - one.count ||
        one.code.localeCompare(other.code),
    );
  }
}
