import { sha256 } from '../../lib/sha256';
import type { RunControlKind } from '../../protocol/run';
import type { Begun } from '../train/followedSamples';

/**
 * A checkpoint as one binary document, written and read in pieces, so that it may be larger than the memory:
 *
 *     "TSCKPT03" | u32 header size | header JSON, spaces to a multiple of 4 | f32 sections | digest, 64 hex digits
 *
 * The digest is of all before it: of one piece its SHA-256, of several the SHA-256 of the digits of theirs (a piece: 16 MiB).
 * Documents "TSCKPT02" of earlier versions, which are read still, have one SHA-256 whatever their size.
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

/** Numbers of a checkpoint, kept bit for bit: trained values, moments, values at the best evaluation. */
export interface Section {
  name: string;
  elements: number;
  /** Numbers first … first + count − 1. */
  read: (first: number, count: number) => Promise<Float32Array>;
}

/** A checkpoint whose bytes are known to be whole; its numbers are read when they are asked for. */
export interface Checkpoint extends CheckpointHeader {
  /** By name, in order. */
  sections: ReadonlyMap<string, Section>;
}

/** The header as it is in a document. */
export type WrittenHeader = CheckpointHeader & { sections: { name: string; elements: number }[] };

export const magic = 'TSCKPT03';
export const earlierMagic = 'TSCKPT02';
/** A multiple of four, so that no number lies in two pieces. */
export const pieceBytes = 2 ** 24;
export const digestBytes = 64;

/** The digest of a document, piece after piece; one is hashed while the next one is fetched. */
export class PieceHash {
  #digests: string[] = [];
  #last: Promise<string> | null = null;

  /** The piece may be changed once this has resolved for the next one. */
  async add(piece: Uint8Array): Promise<void> {
    const before = this.#last;
    this.#last = sha256(piece);
    // An error of it is told by who waits for it.
    this.#last.catch(() => undefined);
    if (before) this.#digests.push(await before);
  }

  async hex(): Promise<string> {
    if (this.#last) this.#digests.push(await this.#last);
    this.#last = null;
    const [only = '', ...others] = this.#digests;
    return others.length === 0 ? only : sha256(new TextEncoder().encode(this.#digests.join('')));
  }
}
