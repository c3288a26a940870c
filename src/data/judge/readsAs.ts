/** Rows of another format than their file's. */
import type { Detection, RowFormat } from '../../protocol/rows';
import { detectFormat, type DatasetKeys } from './detect';
import type { JsonObject } from './problems';
import { signatureOf } from './shapes';

/** How a row reads: a format, and which columns fill its roles. */
interface RowReading {
  format: RowFormat;
  columns: Record<string, string>;
}

/** Readings by signature, for the file that a detection is of. */
const known = new WeakMap<Detection, Map<string, RowReading | null>>();
/** More kinds of rows than this are worked out each time. */
const mostSignatures = 1000;

/** How one row reads that is not of its file's format; null when it is of no known format. */
export function readsAs(row: JsonObject, dataset: DatasetKeys, detection: Detection): RowReading | null {
  const signature = signatureOf(row);
  let readings = known.get(detection);
  if (!readings) known.set(detection, (readings = new Map<string, RowReading | null>()));
  const reading = signature === null ? undefined : readings.get(signature);
  if (reading !== undefined) return reading;
  const found = detectFormat([row], null, { ...dataset, format: 'auto', messages_template: null });
  // Text beside conversations would be trained whole, unasked: such a row is told instead.
  const result =
    found.confidence > 0 && found.format !== 'text' ? { format: found.format, columns: found.columns } : null;
  if (signature !== null && readings.size < mostSignatures) readings.set(signature, result);
  return result;
}
