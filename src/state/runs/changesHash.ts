import { sha256Hex } from '../../lib/sha256Stream';
import type { DatasetEdit } from '../../protocol/edits';

/** {@link KeepRequest.changesHash}: of the changes by hand in force and of the validation file, where one is held out. */
export const changesHash = (edits: readonly DatasetEdit[], validationHash: string | null): string =>
  sha256Hex(new TextEncoder().encode(JSON.stringify({ edits, validationHash })));
