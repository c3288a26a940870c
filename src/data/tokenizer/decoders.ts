/** tokenizer.json's `decoder`: what each token adds to the text, and what is taken off the text's ends. */
import { z } from 'zod';
import { bytesOfToken } from './byteAlphabet';
import { spaceMark } from './charSymbols';
import { typed, unsupported, type Typed } from './tokenizerFile';

export interface TokenDecoder {
  /** UTF-8 of a token, or one byte of a code point that is spread over tokens. */
  bytesOf: (token: string, isFirst: boolean) => Uint8Array<ArrayBuffer>;
  /** Characters taken off the whole text: up to `start` and `stop` times `content`. */
  strip: { content: string; start: number; stop: number } | null;
}

const encoder = new TextEncoder();
const byteTokens = /^<0x([0-9A-Fa-f]{2})>$/;

/** Bytes of a token in the byte alphabet; one that holds another character is plain text. */
const byteLevelDecoder: TokenDecoder = {
  bytesOf: (token) => bytesOfToken(token) ?? encoder.encode(token),
  strip: null,
};

type Rewrite = (token: string, isFirst: boolean) => string;

/**
 * Reads a `decoder` entry. Without one, space marks become spaces and byte tokens bytes, which is what such vocabularies
 * mean (the library would put a space between any two tokens). Throws `tokenizer/unsupported` for what is not known.
 */
export function readDecoder(decoder: Typed | null, byteLevel: boolean): TokenDecoder {
  if (decoder === null) {
    if (byteLevel) return byteLevelDecoder;
    return textDecoder([(token) => token.replaceAll(spaceMark, ' ')], true, null);
  }
  const stages = flatten(decoder);
  if (stages.some(({ type }) => type === 'ByteLevel')) {
    if (stages.some(({ type }) => type !== 'ByteLevel' && type !== 'Fuse')) throw unsupported('a mixed decoder');
    return byteLevelDecoder;
  }
  const rewrites: Rewrite[] = [];
  let fallback = false;
  let fused = false;
  let strip: TokenDecoder['strip'] = null;
  for (const stage of stages) {
    switch (stage.type) {
      case 'Fuse':
        fused = true;
        break;
      case 'ByteFallback':
        fallback = true;
        break;
      case 'Strip': {
        const read = stripEntry.parse(stage);
        if (!fused) rewrites.push((token) => stripToken(token, read));
        else if (strip) throw unsupported('a decoder that strips twice');
        else strip = read;
        break;
      }
      case 'Replace':
      case 'Metaspace':
        if (fused) throw unsupported(`the decoder ${stage.type} after Fuse`);
        rewrites.push(stage.type === 'Replace' ? replaceStage(stage) : metaspaceStage(stage));
        break;
      default:
        throw unsupported(`the decoder ${stage.type}`);
    }
  }
  return textDecoder(rewrites, fallback, strip);
}

const flatten = (entry: Typed): Typed[] =>
  entry.type === 'Sequence' ? z.array(typed).parse(entry['decoders']).flatMap(flatten) : [entry];

function textDecoder(rewrites: Rewrite[], fallback: boolean, strip: TokenDecoder['strip']): TokenDecoder {
  return {
    bytesOf(token, isFirst) {
      const byte = fallback ? byteTokens.exec(token) : null;
      if (byte) return Uint8Array.of(parseInt(byte[1] ?? '', 16));
      return encoder.encode(rewrites.reduce((text, rewrite) => rewrite(text, isFirst), token));
    },
    strip,
  };
}

const stripEntry = z.object({ content: z.string().min(1), start: z.int().min(0), stop: z.int().min(0) });

function stripToken(token: string, { content, start, stop }: z.output<typeof stripEntry>): string {
  let from = 0;
  let to = token.length;
  for (let count = 0; count < start && token.startsWith(content, from); count++) from += content.length;
  for (let count = 0; count < stop && to > from && token.slice(from, to).endsWith(content); count++) {
    to -= content.length;
  }
  return token.slice(from, to);
}

function replaceStage(stage: Typed): Rewrite {
  const pattern = z.object({ String: z.string().min(1) }).safeParse(stage['pattern']);
  if (!pattern.success) throw unsupported('a decoder that replaces a regular expression');
  const by = z.string().parse(stage['content']);
  return (token) => token.replaceAll(pattern.data.String, () => by);
}

function metaspaceStage(stage: Typed): Rewrite {
  const { replacement, prepend_scheme, add_prefix_space } = z
    .object({
      replacement: z.string().min(1),
      prepend_scheme: z.string().optional(),
      add_prefix_space: z.boolean().default(true),
    })
    .parse(stage);
  const prepends = prepend_scheme === undefined ? add_prefix_space : prepend_scheme !== 'never';
  return (token, isFirst) => token.replaceAll(replacement, () => (isFirst && prepends ? '' : ' '));
}
