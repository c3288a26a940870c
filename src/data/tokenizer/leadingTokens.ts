import { z } from 'zod';
import type { Typed } from './tokenizerFile';

const sequence = z.object({ processors: z.array(z.looseObject({ type: z.string() })) });
const templateProcessing = z.object({
  single: z.array(z.object({ SpecialToken: z.object({ id: z.string() }).optional() })),
  special_tokens: z.record(z.string(), z.object({ ids: z.array(z.int().min(0)) })).default({}),
});

/** Tokens that stand before a text: their texts in one, and for each its id and the length of its text. */
export interface LeadingTokens {
  text: string;
  tokens: { id: number; length: number }[];
}

/**
 * What tokenizer.json's post-processor puts before a plain text (`<s>` for Llama, nothing for Qwen). Only plain texts get
 * it: a chat template writes its own (rules.md 3).
 */
export function leadingTokens(postProcessor: Typed | null): LeadingTokens {
  const leading: LeadingTokens = { text: '', tokens: [] };
  const parts = postProcessor?.type === 'Sequence' ? sequence.parse(postProcessor).processors : [postProcessor];
  for (const part of parts) {
    if (part?.type !== 'TemplateProcessing') continue;
    const { single, special_tokens } = templateProcessing.parse(part);
    for (const { SpecialToken: token } of single) {
      if (!token) break;
      const [id, ...more] = special_tokens[token.id]?.ids ?? [];
      if (id === undefined || more.length > 0) continue;
      leading.text += token.id;
      leading.tokens.push({ id, length: token.id.length });
    }
  }
  return leading;
}
