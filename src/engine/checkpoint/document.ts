import { TunesmithError } from '../../lib/errors';
import { sha256 } from '../../lib/sha256';

/**
 * A checkpoint as one binary document:
 *
 *     "TSCKPT01" | u32 header size | header JSON, spaces to a multiple of 4 | f32 sections | SHA-256 of all before, 64 hex digits
 *
 * Everything random in a run is a function of seed, epoch, step and micro-batch, so the step is the whole random state and
 * data cursor.
 */
export interface CheckpointHeader {
  /** Optimizer steps done. */
  step: number;
  recipeHash: string;
  dataHash: string;
  seed: number;
  best: { step: number; loss: number } | null;
  /** Evaluations in a row without improvement (early stopping). */
  evaluationsWithoutGain: number;
}

export interface Checkpoint extends CheckpointHeader {
  /** The flat adapter buffer and its moments. */
  values: Float32Array;
  firstMoments: Float32Array;
  secondMoments: Float32Array;
  /** The adapter at the best evaluation; null while there is none. */
  bestValues: Float32Array | null;
}

const magic = 'TSCKPT01';
const digestBytes = 64;

export async function writeCheckpoint({
  values,
  firstMoments,
  secondMoments,
  bestValues,
  ...header
}: Checkpoint): Promise<Uint8Array> {
  const sections = [values, firstMoments, secondMoments, ...(bestValues ? [bestValues] : [])];
  const text = JSON.stringify({ ...header, elements: values.length, sections: sections.length });
  const head = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 4) * 4));
  const bodyBytes = 12 + head.length + sections.reduce((sum, section) => sum + section.byteLength, 0);
  const file = new Uint8Array(bodyBytes + digestBytes);
  file.set(new TextEncoder().encode(magic));
  new DataView(file.buffer).setUint32(8, head.length, true);
  file.set(head, 12);
  let at = 12 + head.length;
  for (const section of sections) {
    file.set(new Uint8Array(section.buffer, section.byteOffset, section.byteLength), at);
    at += section.byteLength;
  }
  file.set(new TextEncoder().encode(await sha256(file.subarray(0, bodyBytes))), bodyBytes);
  return file;
}

/** Reads a checkpoint back. Throws `checkpoint/damaged` when it is not one, is cut off, or a single bit differs. */
export async function readCheckpoint(file: Uint8Array): Promise<Checkpoint> {
  const damaged = (rule: string): never => {
    throw new TunesmithError('checkpoint/damaged', `checkpoint: ${rule}; use the one before it`);
  };
  const bodyBytes = file.length - digestBytes;
  const text = (from: number, to: number): string => new TextDecoder().decode(file.subarray(from, to));
  if (bodyBytes < 12 || text(0, 8) !== magic) damaged('the file is not a checkpoint');
  if (text(bodyBytes, file.length) !== (await sha256(file.subarray(0, bodyBytes))))
    damaged('its checksum does not match');
  const headBytes = new DataView(file.buffer, file.byteOffset).getUint32(8, true);
  const { elements, sections, ...header } = JSON.parse(text(12, 12 + headBytes)) as CheckpointHeader & {
    elements: number;
    sections: number;
  };
  const start = 12 + headBytes;
  if (start + 4 * elements * sections !== bodyBytes) damaged('its sections do not fill it');
  const section = (index: number): Float32Array => {
    const from = start + 4 * elements * index;
    return new Float32Array(file.slice(from, from + 4 * elements).buffer);
  };
  return {
    ...header,
    values: section(0),
    firstMoments: section(1),
    secondMoments: section(2),
    bestValues: sections > 3 ? section(3) : null,
  };
}
