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
    return prompt && completion && { messages: withSystem(system, [...prompt, ...completion]) };
  },
};
