import type { Conversation, Message } from '../../protocol/conversation';
import { recipeSchema, type RecipeInput } from '../../recipe/schema';
import { openModelContext, openRunContext, type ModelContext, type RunContext } from '../session/modelContext';
import { readQwenFile } from './qwen25';

let opened: ModelContext | undefined;

/** Qwen2.5's tokenizer with its own or another chat template, under a recipe; for tests in Node. */
export function qwenContext(input: RecipeInput = {}, template: string | null = null): RunContext {
  opened ??= openModelContext({
    tokenizerJson: readQwenFile('tokenizer.json'),
    tokenizerConfigJson: readQwenFile('tokenizer_config.json'),
    chatTemplateJinja: null,
  });
  const chatTemplate = template ?? opened.chatTemplate;
  return openRunContext({ ...opened, chatTemplate }, recipeSchema.parse(input));
}

/** user, assistant, user, … from texts. */
export const talk = (...texts: string[]): Message[] =>
  texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));

export const conversation = (...messages: Message[]): Conversation => ({ messages, meta: { row: 0, line: 1 } });
