/** Thrown by a verb that failed after it had begun to write: the status is 1 whatever the code's area. */
export class RunFailure extends Error {
  constructor(override readonly cause: unknown) {
    super('the run failed');
  }
}
