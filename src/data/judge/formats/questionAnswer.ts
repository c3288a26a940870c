import { exchange, joined, optional, required, systemRole, type Format } from './format';

/** Questions and answers. A context, as in reading comprehension, stands before the question. */
export const questionAnswer: Format = {
  name: 'question_answer',
  roles: [
    required('question', 'text', 'what the user asks', 'q', 'query', 'problem'),
    required('answer', 'text', 'the answer to learn', 'a', 'response', 'solution', 'reply'),
    optional('context', 'text', 'a text that the question is about; stands before it, a blank line between', 'passage'),
    systemRole,
  ],
  recognisedBy: [],
  read: (cells) => {
    const question = cells.text('question');
    const answer = cells.text('answer');
    const context = cells.optionalText('context');
    const system = cells.optionalText('system');
    if (question === null || answer === null) return null;
    return { messages: exchange(system, joined(context, question), answer) };
  },
};
