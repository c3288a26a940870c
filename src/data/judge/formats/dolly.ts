import { exchange, joined, optional, required, systemRole, type Format } from './format';

/**
 * Databricks Dolly's rows. The context follows the instruction after a blank line, as LitGPT and LLaMA-Factory read these
 * rows and as the input of an Alpaca row does; `dataset.messages_template` puts it elsewhere.
 */
export const dolly: Format = {
  name: 'dolly',
  roles: [
    required('instruction', 'text', 'what the user asks for'),
    optional('context', 'text', 'a text that the answer draws on; follows the instruction after a blank line'),
    required('response', 'text', 'the answer to learn'),
    systemRole,
  ],
  // Without a context column such rows are Alpaca's under another name.
  recognisedBy: ['context'],
  read: (cells) => {
    const instruction = cells.text('instruction');
    const context = cells.optionalText('context');
    const response = cells.text('response');
    const system = cells.optionalText('system');
    if (instruction === null || response === null) return null;
    return { messages: exchange(system, joined(instruction, context), response) };
  },
};
