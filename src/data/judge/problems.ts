import type { ErrorRecord } from '../../lib/errors';
import type { RowWarning } from '../../protocol/rows';
import type { ErrorCode, WarningCode } from './codes';

/** A value for a message: short, on one line. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // Parquet has 64-bit integers, which JSON does not.
  if (typeof value === 'bigint') return value.toString();
  const text = JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Gathers what is wrong with a row, and what is only odd about it. */
export class Problems {
  readonly errors: ErrorRecord[] = [];
  readonly warnings: RowWarning[] = [];
  /** Unknown roles of the row and the known ones that they usually stand for. */
  readonly roleGuesses: [role: string, usual: string][] = [];

  /** @param rule what is needed. @param remedy what to do. @param data for the fixes, see `fixesFor`. */
  error(
    code: ErrorCode,
    path: string,
    rule: string,
    got: unknown,
    remedy: string,
    data?: Record<string, unknown>,
  ): void {
    const message = `${path === '' ? 'row' : path}: ${rule}, got ${shown(got)}; ${remedy}`;
    this.errors.push({ code, message, ...(path === '' ? {} : { path }), ...(data ? { data } : {}) });
  }

  warn(code: WarningCode, path: string, what: string, remedy: string): void {
    const message = `${path === '' ? 'row' : path}: ${what}; ${remedy}`;
    this.warnings.push(path === '' ? { code, message } : { code, message, path });
  }

  /**
   * All errors as one record: the first, with the others in its data. Null when there is none.
   */
  get combined(): ErrorRecord | null {
    const [first, ...others] = this.errors;
    if (!first) return null;
    if (others.length === 0) return first;
    const more = others.length === 1 ? 'and one more problem' : `and ${others.length} more problems`;
    return { ...first, message: `${first.message} (${more})`, data: { ...first.data, problems: this.errors } };
  }
}

export type JsonObject = Record<string, unknown>;

/** A plain JSON object: not null, not a list. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An own key's value: nothing is inherited, `constructor` and `__proto__` are ordinary names. */
export const own = (object: JsonObject, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

/** Names for a message, at most `most` of them. */
export function listed(names: readonly string[], most = 8): string {
  const shownNames = names
    .slice(0, most)
    .map((name) => JSON.stringify(name.length > 40 ? `${name.slice(0, 40)}…` : name));
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return shownNames.join(', ') + more;
}
