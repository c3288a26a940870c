import { own } from '../problems';
import { required, systemRole, toolsRole, withSystem, type Format } from './format';

/** TRL's prompt-completion rows: two texts, or two lists of messages. */
export const promptCompletion: Format = {
  name: 'prompt_completion',
  roles: [
    required('prompt', 'side', 'what the user says: a text or a list of messages', 'input', 'user', 'human', 'source'),
    required(
      'completion',
      'side',
      'the answer to learn: a text or a list of messages',
      'response',
      'output',
      'answer',
      'assistant',
      'reply',
      'target',
    ),
    systemRole,
    toolsRole,
  ],
  recognisedBy: [],
  read: (cells) => {
    const prompt = cells.side('prompt', 'user');
    const completion = cells.side('completion', 'assistant');
    const system = cells.optionalText('system');
    // TRL's rows for KTO: answers that are good or bad.
    if (own(cells.row, 'label') === false)
      cells.problems.warn(
        'data/labelled-bad',
        'label',
        'it is false, so that the answer is a bad one, and it is learned all the same',
        'leave the row out if that is not meant',
      );
    return (
      prompt &&
      completion && {
        messages: withSystem(system, [...prompt, ...completion]),
        given: prompt,
        tools: cells.toolsBeside('prompt'),
      }
    );
  },
};
