/** Byte-pair encoding of one piece: symbols, merges, cache. What a symbol is differs: bytes, or characters. */
import type { AlignedText } from './alignedText';
import { longestCachedPiece, packPlace, PieceCache } from './pieceCache';
import { type MergeTable, Symbols } from './mergeTable';
import type { TokenSink } from './tokenSink';

/** Writes the symbols of the units [from, to), with places relative to `from`. */
export type WriteSymbols = (units: Uint16Array, from: number, to: number, symbols: Symbols) => void;

/** The id of a piece that is a token as a whole and skips the merges; -1 for none. */
export type WholePiece = (units: Uint16Array, from: number, to: number) => number;

/** Symbols of room that are kept from one piece to the next. */
const mostKept = 1 << 16;

export class BytePairs {
  #symbols = new Symbols();
  readonly #cache = new PieceCache();
  readonly #packed = new Int32Array(longestCachedPiece * 8);

  constructor(
    private readonly merges: MergeTable,
    private readonly write: WriteSymbols,
    private readonly whole: WholePiece | null,
  ) {}

  /** Writes the tokens of a text's units [from, to), as one piece, with their places in the source. */
  encode(source: AlignedText, units: Uint16Array, from: number, to: number, sink: TokenSink): void {
    const isShort = to - from <= longestCachedPiece;
    if (isShort) {
      const cache = this.#cache;
      const count = cache.find(units, from, to);
      if (count >= 0) {
        this.#emit(source, from, cache.values, cache.valueAt, count, sink);
        return;
      }
    }
    const symbols = this.#merged(units, from, to);
    const { count } = symbols;
    if (isShort && count * 2 <= this.#packed.length) {
      const packed = this.#packed;
      for (let token = 0; token < count; token++) {
        packed[token * 2] = symbols.ids[token] ?? 0;
        packed[token * 2 + 1] = packPlace(symbols.starts[token] ?? 0, symbols.ends[token] ?? 0);
      }
      this.#cache.add(units, from, to, packed, count);
      this.#emit(source, from, packed, 0, count, sink);
      return;
    }
    for (let token = 0; token < count; token++) {
      const start = source.startOf(from + (symbols.starts[token] ?? 0));
      sink.push(symbols.ids[token] ?? 0, start, source.endOf(from + (symbols.ends[token] ?? 0) - 1));
    }
  }

  #merged(units: Uint16Array, from: number, to: number): Symbols {
    if (this.#symbols.ids.length > mostKept) this.#symbols = new Symbols();
    const symbols = this.#symbols;
    symbols.count = 0;
    const id = this.whole ? this.whole(units, from, to) : -1;
    if (id >= 0) {
      symbols.push(id, 0, to - from);
    } else {
      this.write(units, from, to, symbols);
      this.merges.merge(symbols);
    }
    return symbols;
  }

  #emit(source: AlignedText, from: number, packed: Int32Array, at: number, count: number, sink: TokenSink): void {
    sink.reserve(count);
    const { ids, offsets } = sink;
    const first = sink.count;
    sink.count = first + count;
    if (source.starts) {
      for (let token = 0; token < count; token++) {
        const place = packed[at + token * 2 + 1] as number;
        ids[first + token] = packed[at + token * 2] as number;
        offsets[(first + token) * 2] = source.startOf(from + (place >> 6));
        offsets[(first + token) * 2 + 1] = source.endOf(from + (place & 63) - 1);
      }
      return;
    }
    const base = source.base + from;
    for (let token = 0; token < count; token++) {
      const place = packed[at + token * 2 + 1] as number;
      ids[first + token] = packed[at + token * 2] as number;
      offsets[(first + token) * 2] = base + (place >> 6);
      offsets[(first + token) * 2 + 1] = base + (place & 63);
    }
  }
}
