import { ignoreLabel } from '../../protocol/example';
import type { RowFormat } from '../../protocol/rows';
import { fits, flag, masked, trainable, type BlockResult, type ClassSample } from './blockResult';
import { GrowableInts } from './growable';
import type { ProcessedRow } from './processRow';

/** Gathers processed rows into the columns of a block. */
export class BlockBuilder {
  #count = 0;
  readonly #lines: Int32Array;
  readonly #places: Float64Array;
  readonly #status: Uint8Array;
  readonly #flags: Uint8Array;
  readonly #fit: Uint8Array;
  readonly #whole: Int32Array;
  readonly #needed: Int32Array;
  readonly #trained: Int32Array;
  readonly #keys: BigUint64Array;
  readonly #pattern: Int32Array;
  readonly #idEnds: Int32Array;
  readonly #problemEnds: Int32Array;
  readonly #patterns = new Map<string, number>();
  readonly #formats: Partial<Record<RowFormat, number>> = {};
  readonly #ids = new GrowableInts();
  #bits = new Uint8Array(1024);
  readonly #problems = new GrowableInts();
  readonly #classIds = new Map<string, number>();
  readonly #classes: ClassSample[] = [];

  constructor(
    private readonly firstRow: number,
    rows: number,
  ) {
    this.#lines = new Int32Array(rows);
    this.#places = new Float64Array(rows * 2);
    this.#status = new Uint8Array(rows);
    this.#flags = new Uint8Array(rows);
    this.#fit = new Uint8Array(rows);
    this.#whole = new Int32Array(rows);
    this.#needed = new Int32Array(rows);
    this.#trained = new Int32Array(rows);
    this.#keys = new BigUint64Array(rows);
    this.#pattern = new Int32Array(rows).fill(-1);
    this.#idEnds = new Int32Array(rows);
    this.#problemEnds = new Int32Array(rows);
  }

  /** Adds the next row. @param place first byte and one past the last in the row store. */
  add(processed: ProcessedRow, line: number, place: readonly [number, number]): void {
    const row = this.#count++;
    this.#lines[row] = line;
    this.#places.set(place, row * 2);
    if (processed.ok) this.#addUsable(row, processed);
    this.#flags[row] = (this.#flags[row] ?? 0) | (processed.dropped ? flag.dropped : 0);
    const seen = new Set<number>();
    for (const problem of processed.problems) seen.add(this.#classOf(problem));
    for (const id of seen) this.#problems.push(id);
    this.#idEnds[row] = this.#ids.length;
    this.#problemEnds[row] = this.#problems.length;
  }

  #addUsable(row: number, { conversation, format, facts, labelled, edited, key }: ProcessedRow & { ok: true }): void {
    const { ids, labels } = labelled;
    const roles = conversation.text === undefined ? conversation.messages.map(({ role }) => role).join(',') : 'text';
    let pattern = this.#patterns.get(roles);
    if (pattern === undefined) this.#patterns.set(roles, (pattern = this.#patterns.size));
    this.#pattern[row] = pattern;
    this.#formats[format] = (this.#formats[format] ?? 0) + 1;
    const start = this.#ids.length;
    this.#ids.pushAll(ids);
    this.#reserveBits(this.#ids.length);
    let trained = 0;
    for (let index = 0; index < labels.length; index++) {
      if (labels[index] === ignoreLabel) continue;
      if (index > 0) trained++;
      const bit = start + index;
      this.#bits[bit >> 3] = (this.#bits[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
    this.#trained[row] = trained;
    this.#status[row] = trained > 0 ? trainable : masked;
    this.#fit[row] = fits.indexOf(labelled.fit);
    this.#whole[row] = labelled.wholeTokens;
    this.#needed[row] = labelled.neededTokens;
    this.#keys[row] = key;
    this.#flags[row] =
      (edited ? flag.edited : 0) |
      (facts.answersWithThink > 0 ? flag.thinks : 0) |
      (facts.answersWithThink < facts.answers ? flag.answersPlainly : 0);
  }

  #classOf(sample: ClassSample): number {
    const { severity, code } = sample;
    const name = `${severity} ${code}`;
    let id = this.#classIds.get(name);
    if (id === undefined) {
      id = this.#classes.length;
      this.#classIds.set(name, id);
      this.#classes.push(sample);
    }
    return id;
  }

  #reserveBits(count: number): void {
    if (count <= this.#bits.length * 8) return;
    const grown = new Uint8Array(Math.max(this.#bits.length * 2, (count >> 3) + 1));
    grown.set(this.#bits);
    this.#bits = grown;
  }

  /** The block; a row that was announced and not added stays broken without a problem. */
  finish(): BlockResult {
    return {
      firstRow: this.firstRow,
      count: this.#count,
      lines: this.#lines,
      places: this.#places,
      status: this.#status,
      flags: this.#flags,
      fit: this.#fit,
      whole: this.#whole,
      needed: this.#needed,
      trained: this.#trained,
      keys: this.#keys,
      pattern: this.#pattern,
      patterns: [...this.#patterns.keys()],
      formats: this.#formats,
      idEnds: this.#idEnds,
      ids: this.#ids.view(0, this.#ids.length).slice(),
      trainedBits: this.#bits.slice(0, (this.#ids.length + 7) >> 3),
      problemEnds: this.#problemEnds,
      problems: this.#problems.view(0, this.#problems.length).slice(),
      classes: this.#classes,
    };
  }
}
