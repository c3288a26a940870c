import { required, systemRole, toolsRole, withSystem, type Format } from './format';

/** OpenAI's and TRL's conversations: a list of {role, content}. */
export const messages: Format = {
  name: 'messages',
  roles: [
    required(
      'messages',
      'messages',
      'the turns, a list of {role, content}',
      'conversations',
      'conversation',
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
    const list = cells.messages('messages', { role: 'role', content: 'content' });
    const system = cells.optionalText('system');
    return list && { messages: withSystem(system, list) };
  },
};
