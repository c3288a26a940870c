/** What crosses a thread or the command line when something failed. */
export interface ErrorRecord {
  /** Stable, `area/slug`, for example `data/missing-content`. */
  code: string;
  /** *where: rule, got value; do this*. */
  message: string;
  /** Path inside the document, for example `messages[1].content`. */
  path?: string;
  /** Anything the page can use: line, column, suggestion, … Plain data. */
  data?: Record<string, unknown>;
}

/** The one error type of the project: a stable code, a message that says where, what and what to do, and plain data. */
export class TunesmithError extends Error {
  override readonly name = 'TunesmithError';
  constructor(
    readonly code: string,
    message: string,
    readonly details: { path?: string; data?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
  }

  toRecord(): ErrorRecord {
    const { path, data } = this.details;
    return {
      code: this.code,
      message: this.message,
      ...(path === undefined ? {} : { path }),
      ...(data ? { data } : {}),
    };
  }
}

/** Any thrown value as a record; foreign errors get the code `internal/unexpected`. */
export function toErrorRecord(error: unknown): ErrorRecord {
  if (error instanceof TunesmithError) return error.toRecord();
  if (error instanceof Error) return { code: 'internal/unexpected', message: error.message || error.name };
  return { code: 'internal/unexpected', message: String(error) };
}

/** The inverse of {@link toErrorRecord}, on the other side of a thread. */
export function fromErrorRecord(record: ErrorRecord): TunesmithError {
  const { path, data } = record;
  return new TunesmithError(record.code, record.message, {
    ...(path === undefined ? {} : { path }),
    ...(data ? { data } : {}),
  });
}

/** Throws `internal/assertion` when a condition that the code itself guarantees does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new TunesmithError('internal/assertion', message);
}
