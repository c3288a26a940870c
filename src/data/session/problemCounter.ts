import type { ProblemFix } from '../../protocol/edits';
import type { ProblemClass } from '../../protocol/rows';
import type { ClassSample } from './blockResult';
import { GrowableInts } from './growable';

const listedRows = 100;

interface Counted {
  sample: ClassSample;
  rows: GrowableInts;
}

/** Counts the problems of many rows by class, and remembers which rows have them. */
export class ProblemCounter {
  readonly #classes = new Map<string, Counted>();

  /** Notes a class on a row; a row is counted once however often it is noted. */
  add(sample: ClassSample, row: number): void {
    const name = `${sample.severity} ${sample.code}`;
    let known = this.#classes.get(name);
    if (!known) this.#classes.set(name, (known = { sample, rows: new GrowableInts(16) }));
    const { rows } = known;
    if (rows.length === 0 || rows.at(rows.length - 1) !== row) rows.push(row);
  }

  /** Every row of a class, in the order in which they were noted. */
  rows(severity: string, code: string): Int32Array {
    const rows = this.#classes.get(`${severity} ${code}`)?.rows;
    return rows ? rows.view(0, rows.length) : new Int32Array();
  }

  /** Errors first, then the most frequent. */
  classes(fixesOf: (sample: ClassSample) => ProblemFix[]): ProblemClass[] {
    return [...this.#classes.values()]
      .map(({ sample, rows }) => ({
        severity: sample.severity,
        code: sample.code,
        message: sample.message,
        count: rows.length,
        rows: Array.from(rows.view(0, Math.min(listedRows, rows.length))),
        fixes: fixesOf(sample),
      }))
      .sort(
        (one, other) =>
          Number(one.severity === 'warning') - Number(other.severity === 'warning') ||
          other.count - one.count ||
          one.code.localeCompare(other.code),
      );
  }
}
