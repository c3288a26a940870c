/**
 * The document of a run: its record, and which files of its folder belong to it. Files are written first, under new names;
 * replacing this document makes them count and the ones before them garbage. So every moment's folder is a whole run.
 */
import { z } from 'zod';
import type { RunRecord } from '../../protocol/run';
import { keptError, runRecordSchema } from '../../protocol/runSchema';
import { TunesmithError } from '../../lib/errors';
import { noRun } from './places';
import { readSlots, slotNames, writeSlots } from './slots';

const bytes = z.int().min(0);
const fileName = z.string().regex(/^[a-z]+-\d+$/);

export const storedRunSchema = z.object({
  record: runRecordSchema,
  /** Oldest first. */
  checkpoints: z.array(z.object({ step: z.int().min(0), file: fileName, bytes })),
  events: fileName,
  /** The PEFT folder's files by their own names. */
  adapter: z.array(z.object({ name: z.string(), file: fileName, bytes, sha256: z.string() })),
  /** The whole model that a full run has tuned, as a document of the trainer; absent in records of earlier versions. */
  model: z.object({ file: fileName, bytes }).nullable().default(null),
  /** Number of the next file. */
  nextFile: z.int().min(0),
});

export type StoredRun = z.output<typeof storedRunSchema> & { record: RunRecord };

export const documentName = 'run';
export const labelName = 'label';

/** A new run, which has no files yet. */
export const newStoredRun = (record: RunRecord): StoredRun => ({
  record: { ...record, checkpoints: [] },
  checkpoints: [],
  events: 'events-0',
  adapter: [],
  model: null,
  nextFile: 1,
});

/** Replaces the document; the record's list of checkpoints is that of the files. Throws `QuotaExceededError`. */
export async function writeStoredRun(directory: FileSystemDirectoryHandle, run: StoredRun): Promise<StoredRun> {
  const { error } = run.record;
  const checkpoints = run.checkpoints.map(({ step }) => step);
  const record = { ...run.record, error: error && keptError(error), checkpoints };
  const next = { ...run, record };
  await writeSlots(directory, documentName, next);
  return next;
}

/** `none`: never finished being created; `foreign`: whole, but of another version of the studio. */
export async function readStoredRun(
  directory: FileSystemDirectoryHandle,
): Promise<{ kind: 'run'; run: StoredRun } | { kind: 'none' } | { kind: 'foreign'; value: unknown }> {
  const document = await readSlots(directory, documentName);
  if (!document) return { kind: 'none' };
  const parsed = storedRunSchema.safeParse(document.value);
  return parsed.success ? { kind: 'run', run: parsed.data } : { kind: 'foreign', value: document.value };
}

/** The document of a run that must be there. Throws `run/none`, `run/damaged`. */
export async function needStoredRun(runId: string, directory: FileSystemDirectoryHandle | null): Promise<StoredRun> {
  const found = directory ? await readStoredRun(directory) : null;
  if (!found || found.kind === 'none') throw noRun(runId);
  if (found.kind === 'run') return found.run;
  throw new TunesmithError(
    'run/damaged',
    `run ${runId}: its record is not one of this version of the studio; it can only be deleted here`,
  );
}

/** Names of the files that belong to a run. */
export const filesOf = ({ checkpoints, events, adapter, model }: StoredRun): Set<string> =>
  new Set([
    ...slotNames(documentName),
    ...slotNames(labelName),
    events,
    ...[...checkpoints, ...adapter, ...(model ? [model] : [])].map(({ file }) => file),
  ]);
