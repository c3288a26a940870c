import { TunesmithError } from '../../lib/errors';

/** Reads fields of a config.json; every complaint names the field. Errors: `model/config`. */
export class ConfigReader {
  constructor(readonly document: Record<string, unknown>) {}

  fail(field: string, rule: string, value: unknown): never {
    throw new TunesmithError(
      'model/config',
      `config.json, ${field}: ${rule}, got ${JSON.stringify(value) ?? 'nothing'}`,
      {
        path: field,
      },
    );
  }

  /** A whole number from 1 to `atMost`. */
  count(field: string, { otherwise, atMost }: { otherwise?: number; atMost: number }): number {
    const value = this.document[field] ?? otherwise;
    return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= atMost
      ? (value as number)
      : this.fail(field, `must be a whole number from 1 to ${atMost}`, value);
  }

  /** A finite number above 0. */
  positive(field: string, otherwise?: number): number {
    const value = this.document[field] ?? otherwise;
    return typeof value === 'number' && Number.isFinite(value) && value > 0
      ? value
      : this.fail(field, 'must be a number above 0', value);
  }

  flag(field: string, otherwise: boolean): boolean {
    const value = this.document[field] ?? otherwise;
    return typeof value === 'boolean' ? value : this.fail(field, 'must be true or false', value);
  }

  /** Refuses a field that is present with another value than `expected`. */
  expect(field: string, expected: unknown, why: string): void {
    const value = this.document[field];
    if (value !== undefined && value !== null && value !== expected)
      this.fail(field, `must be ${JSON.stringify(expected)} (${why})`, value);
  }

  /** A list of words. */
  words(field: string): string[] | null {
    const value = this.document[field];
    if (value === undefined || value === null) return null;
    return Array.isArray(value) && value.every((word): word is string => typeof word === 'string')
      ? value
      : this.fail(field, 'must be a list of words', value);
  }

  section(field: string): ConfigReader | null {
    const value = this.document[field];
    if (value === undefined || value === null) return null;
    if (typeof value !== 'object' || Array.isArray(value)) return this.fail(field, 'must be an object', value);
    return new ConfigReader(value as Record<string, unknown>);
  }

  /** One id or a list of ids; nothing gives []. */
  ids(field: string): number[] {
    const value = this.document[field];
    if (value === undefined || value === null) return [];
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.every((id): id is number => Number.isSafeInteger(id))
      ? list
      : this.fail(field, 'must be a token id or a list of ids', value);
  }
}
