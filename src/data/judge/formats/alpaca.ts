import type { Message } from '../../../protocol/conversation';
import { exchange, joined, optional, required, systemRole, toolsRole, withSystem, type Format } from './format';

/** Says which part of the question is the input, for templates that set it apart. */
const withInput = (messages: Message[], instruction: string, input: string): Message[] =>
  instruction === '' || input === ''
    ? messages
    : messages.map((message) => (message.role === 'user' ? { ...message, input } : message));

/**
 * Stanford Alpaca's rows. The user says the instruction and, after a blank line, the input where there is one. A
 * `history` of earlier questions and answers, as LLaMA-Factory reads it, stands before them as turns of their own.
 */
export const alpaca: Format = {
  name: 'alpaca',
  roles: [
    required('instruction', 'text', 'what the user asks for'),
    optional('input', 'text', 'what the instruction is about; follows it after a blank line', 'context'),
    required('output', 'text', 'the answer to learn', 'response', 'answer', 'completion'),
    optional('history', 'pairs', 'earlier turns, a list of [question, answer]; their answers are learned too'),
    systemRole,
    toolsRole,
  ],
  recognisedBy: [],
  read: (cells) => {
    const instruction = cells.text('instruction');
    const input = cells.optionalText('input');
    const output = cells.text('output');
    const system = cells.optionalText('system');
    const history = cells.pairs('history');
    if (instruction === null || output === null) return null;
    const before = history.flatMap(([question, answer]) => exchange('', question, answer));
    return {
      messages: withSystem(system, [
        ...before,
        ...withInput(exchange('', joined(instruction, input), output), instruction, input),
      ]),
    };
  },
};
