import { TunesmithError } from '../../lib/errors';
import { sha256 } from '../../lib/sha256';
import type { RunControlKind } from '../../protocol/run';
import type { Begun } from '../train/followedSamples';

/**
 * A checkpoint as one binary document:
 *
 *     "TSCKPT02" | u32 header size | header JSON, spaces to a multiple of 4 | f32 sections | SHA-256 of all before, 64 hex digits
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
  /** What came before the first step; null where it has not come yet, absent in checkpoints of earlier versions. */
  begun?: Begun | null;
  /** Absent or null: labels as they are. */
  control?: RunControlKind | null;
}

export interface Checkpoint extends CheckpointHeader {
  /** Numbers by name, in order: trained values, moments, values at the best evaluation. Kept bit for bit. */
  sections: Map<string, Float32Array>;
}

const magic = 'TSCKPT02';
const digestBytes = 64;

export async function writeCheckpoint({ sections, ...header }: Checkpoint): Promise<Uint8Array> {
  const listed = [...sections].map(([name, { length: elements }]) => ({ name, elements }));
  const json = new TextEncoder().encode(JSON.stringify({ ...header, sections: listed }));
  const head = new Uint8Array(Math.ceil(json.length / 4) * 4).fill(0x20);
  head.set(json);
  const bodyBytes = 12 + head.length + listed.reduce((sum, { elements }) => sum + 4 * elements, 0);
  const file = new Uint8Array(bodyBytes + digestBytes);
  file.set(new TextEncoder().encode(magic));
  new DataView(file.buffer).setUint32(8, head.length, true);
  file.set(head, 12);
  let at = 12 + head.length;
  for (const section of sections.values()) {
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
  if (bodyBytes < 12 || text(0, 8) !== magic) damaged('the file is not a checkpoint of this version');
  if (text(bodyBytes, file.length) !== (await sha256(file.subarray(0, bodyBytes))))
    damaged('its checksum does not match');
  const headBytes = new DataView(file.buffer, file.byteOffset).getUint32(8, true);
  const { sections: listed, ...header } = JSON.parse(text(12, 12 + headBytes)) as CheckpointHeader & {
    sections: { name: string; elements: number }[];
  };
  let at = 12 + headBytes;
  const sections = new Map<string, Float32Array>();
  for (const { name, elements } of listed) {
    const end = at + 4 * elements;
    if (end > bodyBytes) damaged('its sections do not fit into it');
    sections.set(name, new Float32Array(file.slice(at, end).buffer));
    at = end;
  }
  if (at !== bodyBytes) damaged('its sections do not fill it');
  return { ...header, sections };
}
