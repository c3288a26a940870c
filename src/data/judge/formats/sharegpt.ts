import { required, systemRole, toolsRole, withSystem, type Format } from './format';

/** ShareGPT's names of the roles. */
const roleNames: Readonly<Record<string, string>> = {
  human: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  bard: 'assistant',
  function_response: 'tool',
  observation: 'tool',
};

/** Turns that are calls, as LLaMA-Factory and others write them: their text is `{"name": …, "arguments": …}`. */
const callRoles = ['function_call', 'tool_call'];

/** ShareGPT's conversations: a list of {from, value}, the system prompt as a turn or in a column. */
export const sharegpt: Format = {
  name: 'sharegpt',
  roles: [
    required(
      'conversations',
      'sharegpt',
      'the turns, a list of {from, value}',
      'conversation',
      'messages',
      'dialogue',
      'dialog',
      'chat',
      'turns',
    ),
    systemRole,
    toolsRole,
  ],
  recognisedBy: [],
  read: (cells) => {
    const list = cells.messages('conversations', { role: 'from', content: 'value' }, roleNames, callRoles);
    const system = cells.optionalText('system');
    return list && { messages: withSystem(system, list) };
  },
};
