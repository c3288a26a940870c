/**
 * Changes by hand that outlive a refresh: one record per data file, by the hash of its bytes, in the origin private
 * file system. Two folders are written in turn, so that a tab closed in the middle of a write loses only that write.
 */
import { z } from 'zod';
import { keepFolder, keptFolder } from '../storage/keep';
import type { DatasetEdit } from '../protocol/edits';
import type { EditAction, EditHistory } from './editHistory';

/** What is kept of one data file. */
export interface FileRecord {
  dataHash: string;
  fileName: string;
  sizeBytes: number;
  history: EditHistory;
  /** Values of the recipe that belong to this file (format, columns, …), by path. */
  recipe: Record<string, unknown>;
}

/** Files remembered; the one used longest ago is forgotten first. */
const fileLimit = 8;
const slots = ['data-edits-0', 'data-edits-1'] as const;

const place = z.int().min(0);
const fixNames = ['drop_row', 'merge_turns', 'drop_empty_turns', 'drop_unanswered', 'trim', 'escape_control_tokens'];
const editSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('fix'),
    fix: z.enum(fixNames),
    code: z.string(),
    rows: z.array(place).nullable(),
  }),
  z.object({
    kind: z.literal('weight'),
    row: place,
    message: place,
    start: place.nullable(),
    end: place.nullable(),
    weight: z.union([z.literal(0), z.literal(1)]),
  }),
  z.object({ kind: z.literal('length'), min: place.nullable(), max: place.nullable() }),
]) as unknown as z.ZodType<DatasetEdit>;
const actionSchema: z.ZodType<EditAction> = z.object({
  label: z.string(),
  at: place,
  removed: z.array(editSchema),
  added: z.array(editSchema),
  recipe: z.array(z.object({ path: z.string(), before: z.unknown(), after: z.unknown() })),
});
const recordSchema: z.ZodType<FileRecord> = z.object({
  dataHash: z.string(),
  fileName: z.string(),
  sizeBytes: z.number(),
  history: z.object({ edits: z.array(editSchema), past: z.array(actionSchema), future: z.array(actionSchema) }),
  recipe: z.record(z.string(), z.unknown()),
});
const noteSchema = z.object({ sequence: z.number(), records: z.array(recordSchema) });
type Note = z.output<typeof noteSchema>;

let known: Promise<Note> | null = null;
/** Slot of the newest note; the other one is written next. */
let newestSlot = 1;

async function readNote(): Promise<Note> {
  let newest: Note = { sequence: 0, records: [] };
  for (const [index, slot] of slots.entries()) {
    const note = noteSchema.safeParse((await keptFolder(slot))?.note).data;
    if (!note || note.sequence <= newest.sequence) continue;
    newest = note;
    newestSlot = index;
  }
  return newest;
}

/** The record of a file, looked for by `wanted`; null when there is none. */
export async function keptRecord(wanted: (record: FileRecord) => boolean): Promise<FileRecord | null> {
  known ??= readNote();
  return (await known).records.find(wanted) ?? null;
}

/** The note with a record in place of the file's earlier one; the same note when nothing changes. */
function withRecord(before: Note, record: FileRecord): Note {
  const others = before.records.filter((one) => one.dataHash !== record.dataHash);
  const { past, future, edits } = record.history;
  const isEmpty = past.length + future.length + edits.length + Object.keys(record.recipe).length === 0;
  if (isEmpty && others.length === before.records.length) return before;
  const present = before.records.find((one) => one.dataHash === record.dataHash);
  if (JSON.stringify(present) === JSON.stringify(record)) return before;
  return {
    sequence: before.sequence + 1,
    records: [...(isEmpty ? [] : [record]), ...others].slice(0, fileLimit),
  };
}

let writing: Promise<void> | null = null;
let written = 0;

/** Stores a record in place of the file's earlier one. Resolves when it is on disk (or the browser refused). */
export async function keepRecord(record: FileRecord): Promise<void> {
  known = (known ?? readNote()).then((before) => withRecord(before, record));
  await known;
  // Clicks come faster than writes: one write at a time, the newest state wins.
  writing ??= (async () => {
    for (let note = await known; note && note.sequence !== written; note = await known) {
      written = note.sequence;
      newestSlot = 1 - newestSlot;
      await keepFolder(slots[newestSlot] ?? slots[0], [], note);
    }
  })().finally(() => {
    writing = null;
  });
  await writing;
}

/** Forgets what was read, as a fresh page has (tests). */
export function forgetRead(): void {
  known = null;
  newestSlot = 1;
  written = 0;
}
