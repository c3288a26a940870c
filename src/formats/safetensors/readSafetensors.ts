import { TunesmithError } from '../../lib/errors';
import { dtypeBytes } from './dtypes';
import { duplicateKey } from './duplicateKey';
import type { RangedBytes } from '../../lib/ranged';

/**
 * safetensors (github.com/huggingface/safetensors): u64 header size, JSON header {name: {dtype, shape, data_offsets}},
 * then the data. Files come from anywhere, so everything is checked before any data is read.
 */

/** The reference implementation's own limit (100 MB): a larger header is an attack or a mistake. */
const maxHeaderBytes = 100_000_000;
/** Largest number of dimensions taken; no model file has more than 5. */
const maxRank = 8;

export interface SafetensorsEntry {
  dtype: string;
  shape: number[];
  /** Absolute byte range in the file. */
  start: number;
  end: number;
}

export interface SafetensorsFile {
  metadata: Record<string, string>;
  tensors: Map<string, SafetensorsEntry>;
  /** Bytes of elements `first … first+count−1` of a tensor; of all of it by default. */
  read(name: string, first?: number, count?: number): Promise<Uint8Array>;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Opens a safetensors file: reads and checks its header, then tensors on demand. `where` names the file in errors.
 * Throws `model/safetensors` when the header is too large or not JSON or names something twice, a dtype is unknown, shape and
 * byte range disagree, a range leaves the file, or ranges overlap or leave gaps. Errors of `read`: `model/safetensors`.
 */
export async function openSafetensors(source: RangedBytes, where: string): Promise<SafetensorsFile> {
  const fail = (rule: string, path?: string): never => {
    throw new TunesmithError('model/safetensors', `${where}: ${rule}; download or export the file again`, {
      ...(path === undefined ? {} : { path }),
    });
  };
  if (source.sizeBytes < 8) fail(`a safetensors file has at least 8 bytes, got ${source.sizeBytes}`);
  const sizeField = await source.read(0, 8);
  const headerBytes = Number(new DataView(sizeField.buffer, sizeField.byteOffset, 8).getBigUint64(0, true));
  if (headerBytes > maxHeaderBytes) fail(`the header may have ${maxHeaderBytes} bytes, it claims ${headerBytes}`);
  const dataStart = 8 + headerBytes;
  if (dataStart > source.sizeBytes) fail(`the header ends at ${dataStart}, the file at ${source.sizeBytes}`);

  const headerText = await source.read(8, dataStart);
  let header: unknown;
  let doubled: string | null = null;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(headerText);
    header = JSON.parse(text);
    doubled = duplicateKey(text);
  } catch {
    fail('the header must be JSON in UTF-8');
  }
  if (doubled !== null) fail(`the header has ${JSON.stringify(doubled)} twice`, doubled);
  if (typeof header !== 'object' || header === null || Array.isArray(header)) fail('the header must be an object');
  const tensors = new Map<string, SafetensorsEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') metadata = checkedMetadata(value, fail);
    else tensors.set(name, checkedEntry(name, value, dataStart, source.sizeBytes, fail));
  }
  checkCoverage([...tensors], dataStart, source.sizeBytes, fail);
  return {
    metadata,
    tensors,
    async read(name, first = 0, count) {
      const entry = tensors.get(name);
      if (!entry) return fail(`there is no tensor ${name}`, name);
      const { start, end, dtype } = entry;
      const bytes = dtypeBytes[dtype] ?? 1;
      const from = start + first * bytes;
      const to = count === undefined ? end : from + count * bytes;
      if (from < start || to > end || from > to)
        fail(`${name} has no elements ${first} … ${first + (count ?? 0)}`, name);
      const read = await source.read(from, to);
      if (read.byteLength !== to - from)
        fail(`${name}: ${to - from} bytes were to be read, ${read.byteLength} came (is the file cut off?)`, name);
      return read;
    },
  };
}

type Fail = (rule: string, path?: string) => never;

/** A map from words to words, as the format has it. */
function checkedMetadata(value: unknown, fail: Fail): Record<string, string> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isMap || !Object.values(value).every((word) => typeof word === 'string'))
    return fail('__metadata__ must be an object of strings', '__metadata__');
  return value as Record<string, string>;
}

function checkedEntry(
  name: string,
  value: unknown,
  dataStart: number,
  fileBytes: number,
  fail: Fail,
): SafetensorsEntry {
  const { dtype, shape, data_offsets: offsets } = ownFields(value);
  const bytes = typeof dtype === 'string' && Object.hasOwn(dtypeBytes, dtype) ? dtypeBytes[dtype] : undefined;
  if (bytes === undefined)
    fail(
      `${name} has the unknown dtype ${typeof dtype === 'string' ? dtype : (JSON.stringify(dtype) ?? 'undefined')}`,
      name,
    );
  if (!Array.isArray(shape) || shape.length > maxRank || !shape.every(isCount))
    return fail(`the shape of ${name} must be a list of at most ${maxRank} counts`, name);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
    return fail(`data_offsets of ${name} must be two counts`, name);
  const [from = 0, to = 0] = offsets;
  const wanted = shape.reduce((product, side) => product * side, bytes ?? 0);
  if (to - from !== wanted)
    fail(`${name} [${shape.join()}] ${String(dtype)} needs ${wanted} bytes, its range has ${to - from}`, name);
  if (dataStart + to > fileBytes)
    fail(`${name} ends at byte ${dataStart + to}, the file at ${fileBytes} (is it cut off?)`, name);
  return { dtype: dtype as string, shape, start: dataStart + from, end: dataStart + to };
}

/** Fields of an object itself: what a header calls `__proto__` gives none. */
const ownFields = (value: unknown): Record<string, unknown> =>
  Object.fromEntries(Object.entries(typeof value === 'object' && value !== null ? value : {}));

/** Ranges, in order, must meet exactly: no overlap, no hole, nothing after the last. */
function checkCoverage(entries: [string, SafetensorsEntry][], dataStart: number, fileBytes: number, fail: Fail): void {
  let reached = dataStart;
  for (const [name, { start, end }] of entries.sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (start !== reached) fail(`${name} begins at byte ${start}, the tensor before it ends at ${reached}`, name);
    reached = end;
  }
  if (reached !== fileBytes) fail(`tensors end at byte ${reached}, the file at ${fileBytes}`);
}
