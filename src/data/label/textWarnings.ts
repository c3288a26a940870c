import type { Conversation } from '../../protocol/conversation';
import type { RowWarning } from '../../protocol/rows';
import type { Rendered } from '../template/chatTemplate';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { messageTexts } from './messageTexts';

/** Special tokens that stand in a row's own texts: they become control tokens (rules.md 3). */
export function contentWarnings(conversation: Conversation, tokenizer: Tokenizer): RowWarning[] {
  const warnings: RowWarning[] = [];
  for (const { path, whose, text } of messageTexts(conversation)) {
    for (const { content: token, special } of tokenizer.addedTokensIn(text)) {
      if (!special) continue;
      const message = `${path}: ${whose} holds ${JSON.stringify(token)}, which becomes a control token; remove it unless it is meant`;
      warnings.push({ code: 'data/control-token', message, path });
    }
  }
  return warnings;
}

/** What a template made of a conversation without saying so: turns left out, arguments quoted twice (rules.md 11). */
export function renderedWarnings({ messages }: Conversation, { text, turns }: Rendered): RowWarning[] {
  const warnings: RowWarning[] = [];
  const rendered = new Set(turns.map(({ message }) => message));
  messages.forEach(({ role, content, tool_calls }, index) => {
    const path = `messages[${index}]`;
    if (turns.length > 0 && !rendered.has(index) && typeof content === 'string' && !text.includes(content.trim())) {
      const message = `${path}: the chat template leaves this ${role} turn out; map its role with dataset.role_map, or choose another template`;
      warnings.push({ code: 'data/turn-left-out', message, path });
    }
    tool_calls?.forEach(({ function: { arguments: args } }, call) => {
      if (typeof args !== 'string' || !text.includes(JSON.stringify(args))) return;
      const at = `${path}.tool_calls[${call}].function.arguments`;
      const message = `${at}: the chat template writes this text in quotes; give the arguments as an object`;
      warnings.push({ code: 'data/quoted-arguments', message, path: at });
    });
  });
  return warnings;
}
