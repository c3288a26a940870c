/** Byte-level BPE with offsets: what `@huggingface/tokenizers` encodes, and where each token stands in the text. */
import { TunesmithError } from '../../lib/errors';
import { AddedTokenSplitter, type AddedToken } from './addedTokens';
import { bytesOfToken, charOfByte } from './byteAlphabet';
import { MergeTable } from './mergeTable';
import { normalize, type NormalForm } from './normalize';
import { readTokenizerConfig, specialTokenVariables, type TokenizerConfig } from './specialTokens';
import { forEachPiece, splitPatternsOf } from './splitPatterns';
import { StreamDecoder } from './streamDecoder';
import { normalFormOf, tokenizerFile, unsupported, type TokenizerFile } from './tokenizerFile';

/** `offsets` holds the UTF-16 start and end of each token in the text, interleaved: 2 × ids.length numbers. */
export interface Encoding {
  ids: number[];
  offsets: number[];
}

const longestCachedPiece = 48;
const cachedPieces = 100_000;

/**
 * A tokenizer of the byte-level BPE kind. Encoding never adds special tokens: a template has written them already, and
 * their text in the input becomes their id. A code point split over several tokens gives each of them its whole range.
 */
export class Tokenizer {
  readonly vocabSize: number;
  readonly addedTokens: readonly AddedToken[];
  readonly config: TokenizerConfig;
  /** `bos_token`, `eos_token`, … for templates. */
  readonly variables: Record<string, string | string[]>;

  readonly #vocab: ReadonlyMap<string, number>;
  /** Text of added tokens, byte-alphabet spelling of the others, by id; bytes are worked out where they are asked for. */
  readonly #tokens: (string | undefined)[] = [];
  readonly #addedIds: ReadonlySet<number>;
  readonly #merges: MergeTable;
  readonly #ignoreMerges: boolean;
  readonly #splitter: AddedTokenSplitter;
  readonly #patterns: RegExp[];
  readonly #form: NormalForm | null;
  readonly #idOfByte = new Int32Array(256);
  /** Piece → (id, start, end) of its tokens, relative to the piece, three numbers each. */
  readonly #cache = new Map<string, Int32Array>();

  constructor(file: TokenizerFile, config: TokenizerConfig) {
    const { model } = file;
    if (model.type !== 'BPE') throw unsupported(`the model type ${model.type}`);
    if (model.byte_fallback || model.continuing_subword_prefix || model.end_of_word_suffix) {
      throw unsupported('byte fallback or subword affixes');
    }
    this.#form = normalFormOf(file.normalizer);
    this.#patterns = splitPatternsOf(file.pre_tokenizer);
    this.#ignoreMerges = model.ignore_merges;
    this.config = config;
    this.variables = specialTokenVariables(config);
    this.#vocab = readVocabulary(model.vocab, this.#tokens);
    this.#merges = new MergeTable(readMerges(model.merges, this.#vocab));
    for (let byte = 0; byte < 256; byte++) {
      const id = this.#vocab.get(String.fromCharCode(charOfByte[byte] ?? 0));
      if (id === undefined) throw unsupported(`a vocabulary without the byte ${byte}`);
      this.#idOfByte[byte] = id;
    }
    this.addedTokens = allAddedTokens(file, config);
    for (const { id, content } of this.addedTokens) this.#tokens[id] = content;
    this.#addedIds = new Set(this.addedTokens.map(({ id }) => id));
    this.#splitter = new AddedTokenSplitter(this.addedTokens);
    this.vocabSize = this.#tokens.length;
  }

  /** Ids and offsets of a text. A lone surrogate is read as U+FFFD, one unit long. */
  encode(text: string): Encoding {
    const ids: number[] = [];
    const offsets: number[] = [];
    for (const section of this.#splitter.split(text)) {
      if (section.token) {
        ids.push(section.token.id);
        offsets.push(section.start, section.end);
      } else {
        this.#encodeSection(text.slice(section.start, section.end), section.start, ids, offsets);
      }
    }
    return { ids, offsets };
  }

  #encodeSection(source: string, at: number, ids: number[], offsets: number[]): void {
    const { text, alignment } = normalize(source, this.#form);
    let position = 0;
    forEachPiece(text, this.#patterns, (piece) => {
      const tokens = this.#encodePiece(piece);
      for (let index = 0; index < tokens.length; index += 3) {
        ids.push(tokens[index] ?? 0);
        const start = position + (tokens[index + 1] ?? 0);
        const end = position + (tokens[index + 2] ?? 0);
        if (alignment) offsets.push(at + (alignment.starts[start] ?? 0), at + (alignment.ends[end - 1] ?? 0));
        else offsets.push(at + start, at + end);
      }
      position += piece.length;
    });
  }

  #encodePiece(piece: string): Int32Array {
    const known = this.#cache.get(piece);
    if (known) return known;
    const tokens = this.#mergePiece(piece);
    if (piece.length <= longestCachedPiece) {
      if (this.#cache.size >= cachedPieces) this.#cache.clear();
      this.#cache.set(piece, tokens);
    }
    return tokens;
  }

  #mergePiece(piece: string): Int32Array {
    const { bytes, starts, ends } = utf8WithOrigins(piece);
    let ids: number[] = [];
    let lengths: number[] = [];
    const whole = this.#ignoreMerges ? this.#vocab.get(inByteAlphabet(bytes)) : undefined;
    if (whole !== undefined) {
      ids = [whole];
      lengths = [bytes.length];
    } else {
      for (const byte of bytes) {
        ids.push(this.#idOfByte[byte] ?? 0);
        lengths.push(1);
      }
      this.#merges.merge(ids, lengths);
    }
    const tokens = new Int32Array(ids.length * 3);
    let done = 0;
    for (let index = 0; index < ids.length; index++) {
      const after = done + (lengths[index] ?? 0);
      tokens[index * 3] = ids[index] ?? 0;
      tokens[index * 3 + 1] = starts[done] ?? 0;
      tokens[index * 3 + 2] = ends[after - 1] ?? 0;
      done = after;
    }
    return tokens;
  }

  /** Id of an added token or vocabulary entry by its text (added tokens) or its byte-alphabet spelling; null if absent. */
  idOf(text: string): number | null {
    return this.addedTokens.find((token) => token.content === text)?.id ?? this.#vocab.get(text) ?? null;
  }

  /** UTF-8 bytes of a token; empty for an id that no token has. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    const token = this.#tokens[id] ?? '';
    return (this.#addedIds.has(id) ? null : bytesOfToken(token)) ?? new TextEncoder().encode(token);
  }

  /** The text of many tokens; bytes that are no UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>): string {
    const decoder = this.streamDecoder();
    let text = '';
    for (const id of ids) text += decoder.push(id);
    return text + decoder.end();
  }

  /** Decodes ids as they come, holding back a code point until it is complete. */
  streamDecoder(): StreamDecoder {
    return new StreamDecoder((id) => this.bytesOf(id));
  }

  /** The added tokens whose text stands in a text: each would become that token's id. */
  addedTokensIn(text: string): AddedToken[] {
    return this.#splitter.find(text);
  }
}

/**
 * Opens a tokenizer from the parsed tokenizer.json and tokenizer_config.json (undefined when missing).
 * Throws `tokenizer/unsupported` for another kind than byte-level BPE and `tokenizer/invalid` for a damaged file.
 */
export function openTokenizer(tokenizerJson: unknown, tokenizerConfigJson?: unknown): Tokenizer {
  const parsed = tokenizerFile.safeParse(tokenizerJson);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TunesmithError(
      'tokenizer/invalid',
      `tokenizer.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}; fetch the file again`,
    );
  }
  return new Tokenizer(parsed.data, readTokenizerConfig(tokenizerConfigJson));
}

function readVocabulary(vocab: Record<string, unknown>, tokens: (string | undefined)[]): Map<string, number> {
  const ids = new Map<string, number>();
  for (const token of Object.keys(vocab)) {
    const id = vocab[token];
    if (typeof id !== 'number' || !Number.isInteger(id) || id < 0) {
      throw new TunesmithError(
        'tokenizer/invalid',
        `tokenizer.json: model.vocab: id of ${JSON.stringify(token)} is no integer`,
      );
    }
    ids.set(token, id);
    tokens[id] = token;
  }
  return ids;
}

function readMerges(merges: readonly unknown[], vocab: ReadonlyMap<string, number>): Int32Array {
  const triples = new Int32Array(merges.length * 3);
  for (let rank = 0; rank < merges.length; rank++) {
    const merge = merges[rank];
    let left: unknown;
    let right: unknown;
    if (typeof merge === 'string') {
      const space = merge.indexOf(' ');
      left = merge.slice(0, space);
      right = merge.slice(space + 1);
    } else if (Array.isArray(merge)) [left, right] = merge as unknown[];
    const from = rank * 3;
    triples[from] = typeof left === 'string' ? (vocab.get(left) ?? -1) : -1;
    triples[from + 1] = typeof right === 'string' ? (vocab.get(right) ?? -1) : -1;
    triples[from + 2] = vocab.get(`${String(left)}${String(right)}`) ?? -1;
    if (Math.min(triples[from] ?? -1, triples[from + 1] ?? -1, triples[from + 2] ?? -1) < 0) {
      throw new TunesmithError(
        'tokenizer/invalid',
        `tokenizer.json: model.merges[${rank}] names a token that is not in the vocabulary`,
      );
    }
  }
  return triples;
}

/** tokenizer.json's added tokens, with those that only tokenizer_config.json lists. */
function allAddedTokens(file: TokenizerFile, config: TokenizerConfig): AddedToken[] {
  const tokens = new Map<number, AddedToken>(file.added_tokens.map((token) => [token.id, token]));
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) {
    if (!tokens.has(Number(id))) tokens.set(Number(id), { id: Number(id), ...token });
  }
  return [...tokens.values()].sort((one, other) => one.id - other.id);
}

const inByteAlphabet = (bytes: ArrayLike<number>): string =>
  Array.from(bytes, (byte) => String.fromCharCode(charOfByte[byte] ?? 0)).join('');

/** UTF-8 of a text, and for each byte the UTF-16 start and end of the code point that it belongs to. */
function utf8WithOrigins(text: string): { bytes: number[]; starts: number[]; ends: number[] } {
  const bytes: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  for (let unit = 0; unit < text.length;) {
    let code = text.codePointAt(unit) ?? 0;
    const end = unit + (code > 0xffff ? 2 : 1);
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd; // a lone surrogate, as TextEncoder writes it
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    while (starts.length < bytes.length) {
      starts.push(unit);
      ends.push(end);
    }
    unit = end;
  }
  return { bytes, starts, ends };
}
