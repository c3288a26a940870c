import type { Message } from '../../../protocol/conversation';
import { optional, required, systemRole, toolsRole, withSystem, type Format } from './format';

/**
 * Rows of a better and a worse answer. The chosen one is trained on; the rejected one is named in a warning and not used.
 * `chosen` is an answer after `prompt`, or a whole conversation (a list that begins before the answer, or a text of
 * "Human: … Assistant: …" as in Anthropic's hh-rlhf), which then counts alone. OpenAI's rows have `input` with messages and
 * tools, `preferred_output` and `non_preferred_output`.
 */
export const preference: Format = {
  name: 'preference',
  roles: [
    optional(
      'prompt',
      'side',
      'what the user says: a text or a list of messages; not needed when chosen holds it',
      'question',
      'instruction',
      'query',
      'input',
    ),
    required(
      'chosen',
      'side',
      'the better answer, which is learned: a text or a list of messages',
      'chosen_response',
      'preferred',
      'preferred_output',
    ),
    required(
      'rejected',
      'side',
      'the worse answer, which is not used',
      'rejected_response',
      'dispreferred',
      'non_preferred_output',
    ),
    systemRole,
    toolsRole,
  ],
  recognisedBy: [],
  read: (cells) => {
    const chosen = cells.side('chosen', 'assistant');
    const system = cells.optionalText('system');
    if (!chosen) return null;
    cells.problems.warn(
      'data/preference-as-sft',
      cells.column('rejected'),
      'the rejected answer is not used: the row is trained on its chosen answer alone',
      'nothing need be done if that is meant',
    );
    const whole = wholeConversation(chosen);
    if (whole) return { messages: withSystem(system, whole) };
    const prompt = cells.side('prompt', 'user');
    return (
      prompt && {
        messages: withSystem(system, [...prompt, ...chosen]),
        given: prompt,
        tools: cells.toolsBeside('prompt'),
      }
    );
  },
};

/** The chosen messages when they hold more than the answer, else null. */
function wholeConversation(chosen: Message[]): Message[] | null {
  const [first] = chosen;
  if (!first) return null;
  if (first.role !== 'assistant') return chosen;
  if (chosen.length > 1 || typeof first.content !== 'string' || !/^\s*Human: /.test(first.content)) return null;
  const turns = first.content.trimStart().split(/(?:^|\n\n)(Human|Assistant): ?/);
  const messages: Message[] = [];
  // Splitting by a captured name gives: what stands before it, name, text, name, text, …
  for (let index = 1; index + 1 < turns.length; index += 2)
    messages.push({ role: turns[index] === 'Human' ? 'user' : 'assistant', content: turns[index + 1] ?? '' });
  return messages;
}
