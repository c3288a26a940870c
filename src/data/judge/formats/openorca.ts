import { exchange, optional, required, type Format } from './format';

/** OpenOrca's rows: a system prompt (often empty: then there is no system turn), a question, a response. */
export const openorca: Format = {
  name: 'openorca',
  roles: [
    optional('system_prompt', 'text', 'the system prompt; empty for none', 'system'),
    required('question', 'text', 'what the user asks'),
    required('response', 'text', 'the answer to learn'),
  ],
  // Without it such rows are questions and answers.
  recognisedBy: ['system_prompt'],
  read: (cells) => {
    const system = cells.optionalText('system_prompt');
    const question = cells.text('question');
    const response = cells.text('response');
    if (question === null || response === null) return null;
    return { messages: exchange(system, question, response) };
  },
};
