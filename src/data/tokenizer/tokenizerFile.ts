import { z } from 'zod';
import { TunesmithError } from '../../lib/errors';
import { mostTokens } from './vocabulary';

/** The part of Hugging Face's tokenizer.json that BPE needs. Unknown keys are allowed: the format is theirs. */
const addedToken = z.object({
  id: z.int().min(0).max(mostTokens),
  content: z.string(),
  special: z.boolean().default(false),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().default(false),
});

/** An entry of a pipeline: a type with settings of its own. */
export const typed = z.looseObject({ type: z.string() });
export type Typed = z.output<typeof typed>;

export const tokenizerFile = z.object({
  added_tokens: z.array(addedToken).default([]),
  normalizer: typed.nullable().default(null),
  pre_tokenizer: typed.nullable().default(null),
  decoder: typed.nullable().default(null),
  post_processor: typed.nullable().default(null),
  model: z.object({
    type: z.string().default('BPE'),
    // Checked where they are read: walking 300,000 entries twice would cost half a second.
    vocab: z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null),
    merges: z.custom<unknown[]>((value) => Array.isArray(value)),
    unk_token: z.string().nullable().default(null),
    fuse_unk: z.boolean().default(false),
    ignore_merges: z.boolean().default(false),
    continuing_subword_prefix: z.string().nullable().default(null),
    end_of_word_suffix: z.string().nullable().default(null),
    byte_fallback: z.boolean().default(false),
  }),
});

export type TokenizerFile = z.output<typeof tokenizerFile>;

/** Refuses a tokenizer this program would only encode almost right. */
export const unsupported = (what: string): TunesmithError =>
  new TunesmithError(
    'tokenizer/unsupported',
    `tokenizer.json: BPE (Qwen, Llama, Mistral, Gemma, Phi-3, SmolLM2, GPT-2) is needed, got ${what}; choose a model with such a tokenizer`,
  );
