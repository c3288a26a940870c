import type { Message } from '../../protocol/conversation';
import type { RenderedPrompt } from '../../protocol/dataApi';
import type { RunContext } from '../session/modelContext';
import { encodePlain } from '../tokenizer/encodePlain';
import type { Encoding, Tokenizer } from '../tokenizer/tokenizer';

/**
 * What chat sends: the template of the run with its generation prompt, its system prompt and thinking switch, so that
 * the model sees what training showed it (rules.md 12). Errors: those of the template.
 */
export function renderPrompt(
  messages: Message[],
  { template, recipe, model }: RunContext,
  tools?: unknown[],
): RenderedPrompt {
  const { system_prompt } = recipe.dataset;
  const first = messages[0]?.role;
  const withSystem: Message[] =
    system_prompt === null || first === 'system' || first === 'developer'
      ? messages
      : [{ role: 'system', content: system_prompt }, ...messages];
  const { text } = template.template.render(
    { messages: withSystem, ...(tools ? { tools } : {}) },
    { addGenerationPrompt: true },
  );
  return encodeText(text, model.tokenizer);
}

/** A raw text without a template, as a row of plain text is trained: with the tokenizer's first token before it. */
export const encodeRaw = (text: string, tokenizer: Tokenizer): RenderedPrompt =>
  withSpecials(encodePlain(text, tokenizer), tokenizer);

/** A text's ids and offsets, and which of the ids are special tokens. */
const encodeText = (text: string, tokenizer: Tokenizer): RenderedPrompt =>
  withSpecials({ text, ...tokenizer.encode(text) }, tokenizer);

function withSpecials({ text, ids, offsets }: Encoding & { text: string }, tokenizer: Tokenizer): RenderedPrompt {
  const used = new Set(ids);
  const specialIds = tokenizer.addedTokens.filter(({ id, special }) => special && used.has(id)).map(({ id }) => id);
  return { text, inputIds: ids, offsets, specialIds };
}
