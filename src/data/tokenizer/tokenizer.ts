/** BPE with offsets: what the Python tokenizers library encodes, and where each token stands in the text. */
import { z } from 'zod';
import { TunesmithError } from '../../lib/errors';
import { AddedTokenSplitter, type AddedToken } from './addedTokens';
import { AlignedText } from './alignedText';
import { BytePairs, type WholePiece } from './bytePairs';
import { byteSymbols, inByteAlphabet } from './byteSymbols';
import { byteToken, canCutAtMarks, charSymbols, markEnd } from './charSymbols';
import { readDecoder, type TokenDecoder } from './decoders';
import { leadingTokens, type LeadingTokens } from './leadingTokens';
import { MergeTable } from './mergeTable';
import { readNormalizer, type Normalizer } from './normalizers';
import { readPreTokenizer, type Step } from './preTokenizers';
import { readTokenizerConfig, specialTokenVariables, type TokenizerConfig } from './specialTokens';
import { StreamDecoder } from './streamDecoder';
import { tokenizerFile, unsupported, type TokenizerFile } from './tokenizerFile';
import { TokenSink } from './tokenSink';
import { readMerges, readVocabulary } from './vocabulary';

/** `offsets` holds the UTF-16 start and end of each token in the text, interleaved: 2 × ids.length numbers. */
export interface Encoding {
  ids: number[];
  offsets: number[];
}

/** Units and tokens of room that are kept from one text to the next. */
const mostKept = 1 << 20;

/**
 * A tokenizer of the BPE kind, over bytes (Qwen, Llama 3) or characters (Mistral, Gemma, Phi-3). Encoding never adds
 * special tokens: a template has written them already, and their text in the input becomes their id. A code point split
 * over several tokens gives each of them its whole range; so does a space that the tokenizer puts before a text.
 */
export class Tokenizer {
  readonly vocabSize: number;
  readonly addedTokens: readonly AddedToken[];
  readonly config: TokenizerConfig;
  /** `bos_token`, `eos_token`, … for templates. */
  readonly variables: Record<string, string | string[]>;
  /** Id of the token for characters that the vocabulary lacks; null where it has them all, by bytes. */
  readonly unknownId: number | null;
  /** What stands before a plain text; `encode` leaves it to the caller. */
  readonly leading: LeadingTokens;

  readonly #idByAddedText: ReadonlyMap<string, number>;
  /** Text of added tokens, the vocabulary's spelling of the others, by id. */
  readonly #tokens: (string | undefined)[] = [];
  readonly #addedIds: ReadonlySet<number>;
  readonly #byteIds: ReadonlySet<number>;
  readonly #asWritten: AddedTokenSplitter;
  readonly #asNormalized: AddedTokenSplitter | null;
  readonly #normalizers: readonly Normalizer[];
  readonly #steps: readonly Step[];
  readonly #pairs: BytePairs;
  /** Whether pieces are cut at space marks before they are merged. */
  readonly #cutsAtMarks: boolean;
  readonly #byteLevel: boolean;
  readonly #decoder: TokenDecoder;
  #sink = new TokenSink();
  #units = new Uint16Array(4096);
  #ids: Map<string, number> | null = null;

  constructor(file: TokenizerFile, config: TokenizerConfig) {
    const { model } = file;
    if (model.continuing_subword_prefix || model.end_of_word_suffix) throw unsupported('subword affixes');
    this.config = config;
    this.variables = specialTokenVariables(config);
    const { steps, byteLevel } = readPreTokenizer(file.pre_tokenizer);
    this.#steps = steps;
    this.#byteLevel = byteLevel;
    this.#normalizers = readNormalizer(file.normalizer);
    this.#decoder = readDecoder(file.decoder, byteLevel);
    this.leading = leadingTokens(file.post_processor);

    const vocab = readVocabulary(model.vocab, this.#tokens);
    this.#pairs = new BytePairs(
      new MergeTable(readMerges(model.merges, vocab, this.#tokens)),
      byteLevel ? byteSymbols(vocab) : charSymbols(vocab, model),
      model.ignore_merges ? wholePieces(vocab, byteLevel) : null,
    );
    this.#cutsAtMarks = !byteLevel && !model.ignore_merges && canCutAtMarks(vocab.keys(), vocab);
    this.unknownId = byteLevel || model.unk_token === null ? null : (vocab.get(model.unk_token) ?? null);
    this.#byteIds = new Set(
      byteLevel || !model.byte_fallback
        ? []
        : Array.from({ length: 256 }, (_, byte) => vocab.get(byteToken(byte)) ?? -1).filter((id) => id >= 0),
    );

    this.addedTokens = allAddedTokens(file, config);
    this.#addedIds = new Set(this.addedTokens.map(({ id }) => id));
    this.#idByAddedText = new Map(this.addedTokens.map(({ id, content }) => [content, id]));
    for (const { id, content, normalized } of this.addedTokens) {
      this.#tokens[id] = normalized ? this.#normalize(new AlignedText(content, 0)).text : content;
    }
    const normalized = this.#normalizers.length === 0 ? [] : this.addedTokens.filter((token) => token.normalized);
    this.#asWritten = new AddedTokenSplitter(this.addedTokens.filter((token) => !normalized.includes(token)));
    this.#asNormalized =
      normalized.length === 0
        ? null
        : new AddedTokenSplitter(normalized, (content) => this.#normalize(new AlignedText(content, 0)).text);
    this.vocabSize = this.#tokens.length;
  }

  /** Ids and offsets of a text. A lone surrogate is read as U+FFFD, one unit long. */
  encode(text: string): Encoding {
    const { ids, offsets, count } = this.encodeShared(text);
    return { ids: copied(ids, count), offsets: copied(offsets, count * 2) };
  }

  /**
   * The same without copies: the first `count` ids and 2 × `count` offsets of arrays that the next call writes over.
   */
  encodeShared(text: string): Readonly<TokenSink> {
    // What one huge text made large is not kept for all the small ones after it.
    if (this.#units.length > mostKept) this.#units = new Uint16Array(4096);
    if (this.#sink.ids.length > mostKept) this.#sink = new TokenSink();
    const sink = this.#sink;
    sink.count = 0;
    for (const { start, end, token } of this.#asWritten.split(text)) {
      if (token) sink.push(token.id, start, end);
      else this.#encodeSection(text, start, end);
    }
    return sink;
  }

  #encodeSection(text: string, start: number, end: number): void {
    const source = new AlignedText(text.slice(start, end), start, null, null, this.#load(text, start, end));
    const normalized = this.#normalize(source);
    if (!this.#asNormalized) {
      this.#encodeStep(0, normalized, 0, normalized.text.length);
      return;
    }
    for (const part of this.#asNormalized.split(normalized.text)) {
      if (part.token) this.#sink.push(part.token.id, normalized.startOf(part.start), normalized.endOf(part.end - 1));
      else this.#encodeStep(0, normalized, part.start, part.end);
    }
  }

  /** The units of a stretch of text, in an array that the next call writes over. */
  #load(text: string, start: number, end: number): Uint16Array {
    if (this.#units.length < end - start) this.#units = new Uint16Array((end - start) * 2);
    const units = this.#units;
    for (let at = start; at < end; at++) units[at - start] = text.charCodeAt(at);
    return units;
  }

  #normalize(source: AlignedText): AlignedText {
    return this.#normalizers.reduce((text, normalizer) => normalizer(text), source);
  }

  /** Applies the pre-tokenizer from one of its steps on, then the merges. */
  #encodeStep(level: number, source: AlignedText, from: number, to: number): void {
    const step = this.#steps[level];
    if (!step) {
      this.#encodePiece(source, from, to);
    } else if ('scan' in step) {
      const { scan } = step;
      const { units } = source;
      const isLast = level === this.#steps.length - 1;
      for (let at = from; at < to;) {
        const end = scan(units, at, to);
        if (isLast) this.#encodePiece(source, at, end);
        else this.#encodeStep(level + 1, source, at, end);
        at = end;
      }
    } else if ('split' in step) {
      step.split(source.text.slice(from, to), (start, end) => {
        this.#encodeStep(level + 1, source, from + start, from + end);
      });
    } else {
      const piece = step.rewrite(source.slice(from, to));
      this.#encodeStep(level + 1, piece, 0, piece.text.length);
    }
  }

  #encodePiece(source: AlignedText, from: number, to: number): void {
    const { units } = source;
    if (!this.#cutsAtMarks) {
      if (to > from) this.#pairs.encode(source, units, from, to, this.#sink);
      return;
    }
    for (let at = from; at < to;) {
      const end = markEnd(units, at, to);
      this.#pairs.encode(source, units, at, end, this.#sink);
      at = end;
    }
  }

  /** Id of an added token by its text or of a vocabulary entry by its spelling; null if absent. */
  idOf(text: string): number | null {
    const added = this.#idByAddedText.get(text);
    if (added !== undefined) return added;
    // Built when first asked for: most threads only encode.
    this.#ids ??= new Map(this.#tokens.flatMap((token, id) => (token === undefined ? [] : [[token, id] as const])));
    return this.#ids.get(text) ?? null;
  }

  /** UTF-8 bytes of a token inside a text; empty for an id that no token has. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    return this.#bytesAt(id, false);
  }

  #bytesAt(id: number, isFirst: boolean): Uint8Array<ArrayBuffer> {
    const token = this.#tokens[id] ?? '';
    // Added tokens are plain text, though in a SentencePiece-style file a space mark in one is a space, too.
    if (this.#byteLevel && this.#addedIds.has(id)) return new TextEncoder().encode(token);
    return this.#decoder.bytesOf(token, isFirst);
  }

  /** Whether a token is one byte of a character that the vocabulary lacks (`<0x0A>`); false for byte-level tokenizers. */
  isByteFallback(id: number): boolean {
    return this.#byteIds.has(id);
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
    return new StreamDecoder((id, isFirst) => this.#bytesAt(id, isFirst), this.#decoder.strip);
  }

  /** The added tokens whose text stands in a text: each would become that token's id. */
  addedTokensIn(text: string): AddedToken[] {
    return [...this.#asWritten.find(text), ...(this.#asNormalized?.find(text) ?? [])];
  }
}

/**
 * Opens a tokenizer from the parsed tokenizer.json and tokenizer_config.json (undefined when missing).
 * Throws `tokenizer/unsupported` for another kind than BPE and `tokenizer/invalid` for a damaged file.
 */
export function openTokenizer(tokenizerJson: unknown, tokenizerConfigJson?: unknown): Tokenizer {
  // Asked first: the model of another kind has another shape.
  const kind = z.object({ model: z.object({ type: z.string() }) }).safeParse(tokenizerJson).data?.model.type;
  if (kind !== undefined && kind !== 'BPE') throw unsupported(`the model type ${kind}`);
  const parsed = tokenizerFile.safeParse(tokenizerJson);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new TunesmithError(
      'tokenizer/invalid',
      `tokenizer.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}; fetch the file again`,
    );
  }
  try {
    return new Tokenizer(parsed.data, readTokenizerConfig(tokenizerConfigJson));
  } catch (cause) {
    if (cause instanceof TunesmithError) throw cause;
    // An entry of the pipeline without what its type needs, or a pattern that is no regular expression here.
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TunesmithError('tokenizer/invalid', `tokenizer.json: ${why}; fetch the file again`, { cause });
  }
}

/** tokenizer.json's added tokens, with those that only tokenizer_config.json lists. */
function allAddedTokens(file: TokenizerFile, config: TokenizerConfig): AddedToken[] {
  const tokens = new Map<number, AddedToken>(file.added_tokens.map((token) => [token.id, token]));
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) {
    if (!tokens.has(Number(id))) tokens.set(Number(id), { id: Number(id), ...token });
  }
  return [...tokens.values()].sort((one, other) => one.id - other.id);
}

/** Several times faster than Array.from, which asks for an iterator. */
function copied(values: Int32Array, count: number): number[] {
  const copy: number[] = [];
  for (let at = 0; at < count; at++) copy.push(values[at] as number);
  return copy;
}

/** A piece that is a token as a whole; one longer than every token is none, and may be too long to be made a text at once. */
function wholePieces(vocab: ReadonlyMap<string, number>, byteLevel: boolean): WholePiece {
  let longest = 0;
  for (const token of vocab.keys()) longest = Math.max(longest, token.length);
  return (units, from, to) => (to - from > longest ? -1 : (vocab.get(wholeText(units, from, to, byteLevel)) ?? -1));
}

const wholeText = (units: Uint16Array, from: number, to: number, byteLevel: boolean): string =>
  byteLevel ? inByteAlphabet(units, from, to) : String.fromCharCode(...units.subarray(from, to));
