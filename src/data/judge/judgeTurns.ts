import type { Message } from '../../protocol/conversation';
import type { Recipe } from '../../recipe/schema';
import type { Problems } from './problems';

/** A turn that says nothing: no text but white space, no call, no reasoning. */
export const isEmptyTurn = ({ content, tool_calls, reasoning_content }: Message): boolean =>
  !tool_calls && !reasoning_content && (content === null || (typeof content === 'string' && content.trim() === ''));

/** Roles of which several turns may follow each other: the results of several calls. */
const mayRepeat = (role: string): boolean => role === 'tool' || role === 'function';

/** What a conversation as a whole lacks or has too much of; what is odd about its turns (no tokenizer needed). */
export function judgeTurns(messages: Message[], trainOn: Recipe['loss']['train_on'], problems: Problems): void {
  if (trainOn !== 'all' && !messages.some(({ role }) => role === 'assistant')) {
    const roles = [...new Set(messages.map(({ role }) => role))].join(', ');
    const remedy = 'add the answer to learn, or remove the row';
    problems.error('data/no-assistant', 'messages', 'a turn of the assistant is needed', roles, remedy);
    return;
  }
  let before: Message | undefined;
  let speaks = false;
  for (let index = 0; index < messages.length; index++) {
    const message = messages[index];
    if (!message) continue;
    const { role, content } = message;
    if (isEmptyTurn(message)) emptyTurn(role, index, problems);
    else if (role === 'assistant' && typeof content === 'string') judgeAnswer(content, index, before, problems);
    if (before?.role === role && !mayRepeat(role)) repeatedRole(message, before, index, problems);
    if (!speaks && role !== 'system' && role !== 'developer') {
      speaks = true;
      if (role === 'assistant' && trainOn !== 'all')
        problems.warn(
          'data/starts-with-answer',
          `messages[${index}]`,
          'the first turn is the assistant\u2019s, so that it answers nothing',
          'add the question',
        );
    }
    before = message;
  }
  if (before && before.role !== 'assistant' && trainOn !== 'all') {
    const what = `the last turn is the ${before.role}'s, and nothing after it is learned`;
    const path = `messages[${messages.length - 1}]`;
    problems.warn('data/ends-without-answer', path, what, 'add the answer or remove the turn');
  }
}

function emptyTurn(role: string, index: number, problems: Problems): void {
  const path = `messages[${index}].content`;
  if (role === 'assistant') {
    const what = 'the answer is empty, so that the model learns to say nothing';
    problems.warn('data/empty-answer', path, what, 'write the answer or remove the row');
  } else {
    problems.warn('data/empty-turn', path, `the ${role}'s turn is empty`, 'write its text or remove the turn');
  }
}

function judgeAnswer(content: string, index: number, before: Message | undefined, problems: Problems): void {
  if (isSpace(content.charCodeAt(0)) || isSpace(content.charCodeAt(content.length - 1))) {
    const what = 'the answer begins or ends with white space, which is learned too';
    problems.warn('data/untrimmed', `messages[${index}].content`, what, 'trim it');
  }
  if (before?.role === 'user' && before.content === content) {
    const what = 'the answer is the question once more';
    problems.warn('data/answer-repeats-question', `messages[${index}].content`, what, 'correct it or remove the row');
  }
  if (content.includes('<think>') && !content.includes('</think>')) {
    const what = 'a <think> block is not closed, so that all of the answer is thought';
    problems.warn('data/unclosed-think', `messages[${index}].content`, what, 'write </think> where it ends');
  }
}

function repeatedRole(
  { role, content, tool_calls }: Message,
  before: Message,
  index: number,
  problems: Problems,
): void {
  const path = `messages[${index}]`;
  if (content === before.content && content !== null && !tool_calls && !before.tool_calls)
    problems.warn('data/repeated-turn', path, `the ${role} says the same twice in a row`, 'remove one of the two');
  const what = `two ${role} turns in a row, rendered as the template does it`;
  problems.warn('data/repeated-role', `${path}.role`, what, 'join them if that is not meant');
}

/** White space at a text's border, as `trim` has it for the common ones. */
const isSpace = (unit: number): boolean =>
  unit === 32 || (unit >= 9 && unit <= 13) || unit === 0xa0 || unit === 0x2028 || unit === 0x2029 || unit === 0xfeff;
