import type { Message } from '../../protocol/conversation';
import type { Recipe } from '../../recipe/schema';
import type { Problems } from './problems';

/** What a conversation as a whole lacks or has too much of: answers, empty turns, turns of one role in a row. */
export function judgeOrder(messages: Message[], trainOn: Recipe['loss']['train_on'], problems: Problems): void {
  const answers = messages.filter(({ role }) => role === 'assistant');
  if (answers.length === 0 && trainOn !== 'all') {
    const roles = [...new Set(messages.map(({ role }) => role))].join(', ');
    problems.error(
      'data/no-assistant',
      'messages',
      'a turn of the assistant is needed',
      roles,
      'add the answer to learn, or remove the row',
    );
    return;
  }
  messages.forEach(({ role, content, tool_calls }, index) => {
    const path = `messages[${index}].content`;
    if (content === '' && !tool_calls) {
      if (role === 'assistant')
        problems.warn(
          'data/empty-answer',
          path,
          'the answer is empty, so that the model learns to say nothing',
          'write the answer or remove the row',
        );
      else problems.warn('data/empty-turn', path, `the ${role}'s turn is empty`, 'write its text or remove the turn');
    }
    if (index > 0 && messages[index - 1]?.role === role && role !== 'tool' && role !== 'function') {
      problems.warn(
        'data/repeated-role',
        `messages[${index}].role`,
        `two ${role} turns in a row, rendered as the template does it`,
        'join them if that is not meant',
      );
    }
  });
  const last = messages.at(-1);
  if (last && last.role !== 'assistant' && trainOn !== 'all') {
    problems.warn(
      'data/ends-without-answer',
      `messages[${messages.length - 1}]`,
      `the last turn is the ${last.role}'s, and nothing after it is learned`,
      'add the answer or remove the turn',
    );
  }
}
