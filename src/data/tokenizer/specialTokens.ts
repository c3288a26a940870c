import { z } from 'zod';
import { TunesmithError } from '../../lib/errors';
import { mostTokens } from './vocabulary';

const tokenText = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish();

/** What tokenizer_config.json says that matters here. Unknown keys are allowed: the format is Hugging Face's. */
const tokenizerConfig = z.looseObject({
  bos_token: tokenText,
  eos_token: tokenText,
  pad_token: tokenText,
  unk_token: tokenText,
  additional_special_tokens: z.array(tokenText).nullish(),
  added_tokens_decoder: z
    .record(
      // An id; a huge one would only make the table of tokens huge.
      z.string().refine((id) => /^\d{1,8}$/.test(id) && Number(id) <= mostTokens, 'an id of a token is needed'),
      z.object({
        content: z.string(),
        special: z.boolean().default(false),
        single_word: z.boolean().default(false),
        lstrip: z.boolean().default(false),
        rstrip: z.boolean().default(false),
        normalized: z.boolean().default(false),
      }),
    )
    .nullish(),
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
});

export type TokenizerConfig = z.output<typeof tokenizerConfig>;

/** Reads tokenizer_config.json; an empty object stands for a missing file. Throws `tokenizer/invalid`. */
export function readTokenizerConfig(value: unknown): TokenizerConfig {
  const parsed = tokenizerConfig.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TunesmithError(
    'tokenizer/invalid',
    `tokenizer_config.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}; fetch the file again`,
  );
}

/** The special tokens that transformers passes to every chat template, by name; absent ones are left out. */
export function specialTokenVariables(config: TokenizerConfig): Record<string, string | string[]> {
  const variables: Record<string, string | string[]> = {};
  for (const name of ['bos_token', 'eos_token', 'unk_token', 'pad_token'] as const) {
    const text = config[name];
    if (typeof text === 'string') variables[name] = text;
  }
  const more = (config.additional_special_tokens ?? []).filter((text) => typeof text === 'string');
  if (more.length > 0) variables['additional_special_tokens'] = more;
  return variables;
}

/** The model's own chat template: `chat_template.jinja` where it stands apart, else tokenizer_config's; null for none. */
export function chatTemplateOf(config: TokenizerConfig, separateFile: string | null): string | null {
  if (separateFile !== null) return separateFile;
  const { chat_template: template } = config;
  if (typeof template === 'string') return template;
  return template?.find(({ name }) => name === 'default')?.template ?? null;
}
