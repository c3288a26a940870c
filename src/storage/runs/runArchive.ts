/**
 * A run as one zip: what each file is, and what a reader checks.
 *
 *     manifest.json          format, version, and of each other file its path, size and SHA-256
 *     run.json  label.json   the record, and what a person calls it
 *     events.jsonl           the metrics, one JSON object a line
 *     rows.bin               what it was trained on (rowsFile.ts); its SHA-256 is the record's `examplesHash`
 *     checkpoints/step-N     each ends in its own checksum
 *     adapter/NAME           the PEFT folder
 *     model.bin              the whole model that a full run has tuned; it ends in its own checksum
 */
import { z } from 'zod';

/** A full run's checkpoint is three times its model. */
const mostFileBytes = 2 ** 40;

export const modelPath = 'model.bin';

/** Paths that a run's zip may hold; everything else is refused. */
const path = z.union([
  z.enum(['run.json', 'label.json', 'events.jsonl', 'rows.bin', modelPath]),
  z.string().regex(/^checkpoints\/step-(0|[1-9]\d{0,9})$/),
  z.string().regex(/^adapter\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
]);

export const manifestName = 'manifest.json';
export const manifestSchema = z.object({
  format: z.literal('tunesmith-run'),
  version: z.literal(1),
  files: z
    .array(z.object({ path, bytes: z.int().min(0).max(mostFileBytes), sha256: z.string().regex(/^[0-9a-f]{64}$/) }))
    .max(10_000)
    .refine((files) => new Set(files.map((file) => file.path)).size === files.length, 'a path is in it twice'),
});
export type Manifest = z.output<typeof manifestSchema>;

/** The step of a checkpoint's path; null for other paths. */
export const stepOf = (path: string): number | null =>
  path.startsWith('checkpoints/step-') ? Number(path.slice('checkpoints/step-'.length)) : null;

/** The adapter file's own name; null for other paths. */
export const adapterNameOf = (path: string): string | null =>
  path.startsWith('adapter/') ? path.slice('adapter/'.length) : null;
