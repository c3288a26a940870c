/**
 * Names of Web Locks (W3C), by which tabs and workers of one origin see each other: the browser frees a lock when its holder
 * goes, however it goes.
 */

/** Held, exclusively, by the worker that trains: one run on this machine's device at a time. */
export const trainingLockName = 'tunesmith.training';

/** Held for as long as a run is going on; a kept run that says `running` while nobody holds it was interrupted. */
export const runLockName = (runId: string): string => `tunesmith.run.${runId}`;
