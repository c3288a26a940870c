import { exchange, joined, optional, required, systemRole, toolsRole, type Format } from './format';

/** Stanford Alpaca's rows. The user says the instruction and, after a blank line, the input where there is one. */
export const alpaca: Format = {
  name: 'alpaca',
  roles: [
    required('instruction', 'text', 'what the user asks for'),
    optional('input', 'text', 'what the instruction is about; follows it after a blank line', 'context'),
    required('output', 'text', 'the answer to learn', 'response', 'answer', 'completion'),
    systemRole,
    toolsRole,
  ],
  recognisedBy: [],
  read: (cells) => {
    const instruction = cells.text('instruction');
    const input = cells.optionalText('input');
    const output = cells.text('output');
    const system = cells.optionalText('system');
    if (instruction === null || output === null) return null;
    return { messages: exchange(system, joined(instruction, input), output) };
  },
};
