/** Every row of a file as its blocks' columns, and single rows that an edit has changed since. */
import { ignoreLabel } from '../../protocol/example';
import { bitAt, flag, trainable, type BlockResult } from './blockResult';

interface Place {
  block: BlockResult;
  index: number;
}

export class Records {
  count = 0;
  readonly blocks: BlockResult[] = [];
  readonly #changed = new Map<number, Place>();

  /** Adds the next block; blocks come in file order. */
  append(block: BlockResult): void {
    this.blocks.push(block);
    this.count = block.firstRow + block.count;
  }

  /** Puts the columns at an index of another block in place of what was known of a row. */
  replace(row: number, block: BlockResult, index: number): void {
    this.#changed.set(row, { block, index });
  }

  /** Takes a change back. */
  restore(row: number): void {
    this.#changed.delete(row);
  }

  /** Where a row's columns are. */
  at(row: number): Place {
    return this.#changed.get(row) ?? this.original(row);
  }

  /** As the file was first read under this recipe. */
  original(row: number): Place {
    let low = 0;
    let high = this.blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.blocks[middle]?.firstRow ?? 0) <= row) low = middle;
      else high = middle - 1;
    }
    const block = this.blocks[low];
    if (!block) throw new RangeError(`row ${row} of ${this.count}`);
    return { block, index: row - block.firstRow };
  }

  /** Every row in order. */
  *[Symbol.iterator](): Generator<Place & { row: number }> {
    for (const block of this.blocks)
      for (let index = 0; index < block.count; index++) {
        const row = block.firstRow + index;
        const changed = this.#changed.size > 0 ? this.#changed.get(row) : undefined;
        yield changed ? { row, ...changed } : { row, block, index };
      }
  }

  line = (row: number): number => column(this.at(row), 'lines');
  /** Byte range in the row store. */
  place(row: number): [start: number, end: number] {
    const { block, index } = this.at(row);
    return [block.places[index * 2] ?? 0, block.places[index * 2 + 1] ?? 0];
  }

  /** Ids of a row: a view. */
  ids(row: number): Int32Array {
    const { block, index } = this.at(row);
    return block.ids.subarray(startOf(block.idEnds, index), block.idEnds[index] ?? 0);
  }

  /** Labels of a row, written into `target` from `at` on. */
  writeLabels(row: number, target: Int32Array, at: number): void {
    const { block, index } = this.at(row);
    const start = startOf(block.idEnds, index);
    const end = block.idEnds[index] ?? 0;
    for (let bit = start; bit < end; bit++)
      target[at + bit - start] = bitAt(block.trainedBits, bit) ? (block.ids[bit] ?? 0) : ignoreLabel;
  }

  labels(row: number): Int32Array {
    const labels = new Int32Array(this.ids(row).length);
    this.writeLabels(row, labels, 0);
    return labels;
  }
}

export const startOf = (ends: Int32Array, index: number): number => (index === 0 ? 0 : (ends[index - 1] ?? 0));

type NumberColumn = 'lines' | 'status' | 'flags' | 'fit' | 'whole' | 'needed' | 'trained' | 'pattern';
export const column = ({ block, index }: Place, name: NumberColumn): number => block[name][index] ?? 0;

export const isDropped = (place: Place): boolean => (column(place, 'flags') & flag.dropped) !== 0;
export const isTrainable = (place: Place): boolean => column(place, 'status') === trainable && !isDropped(place);
export type { Place };
