/**
 * Chat: each question goes to the base model and to the tuned one, so that the difference is in sight. The two sides
 * keep their own history, because each must see its own earlier answers.
 */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { Message } from '../protocol/conversation';
import type { RenderedPrompt } from '../protocol/dataApi';
import type { GenerateResult } from '../protocol/training';
import { isTuned, useAdapter } from './adapterStore';
import { callback, clients } from './clients';
import { modelName } from './modelNames';
import { useModel } from './modelStore';
import { useRecipe } from './recipeStore';
import { useSamples } from './samplesStore';
import { announce } from './viewStore';

export const sides = ['base', 'tuned'] as const;
export type Side = (typeof sides)[number];

export type Answer =
  | { kind: 'waiting'; id: string }
  | { kind: 'streaming'; id: string; text: string; tokens: number; prompt: RenderedPrompt }
  | { kind: 'done'; text: string; result: GenerateResult; prompt: RenderedPrompt }
  | { kind: 'failed'; text: string; error: ErrorRecord };

export interface ChatTurn {
  id: string;
  question: string;
  /** Name of the model that was asked; another model begins a conversation of its own. */
  model: string;
  /** Begins a conversation: neither side is shown what came before. */
  fresh: boolean;
  base: Answer;
  /** Null while there is no adapter. */
  tuned: Answer | null;
}

interface ChatState {
  turns: ChatTurn[];
  /** What `clearChat` took away, for undo. */
  cleared: ChatTurn[] | null;
  draft: string;
}

export const useChat = create<ChatState>()(() => ({ turns: [], cleared: null, draft: '' }));

const unfinished = (answer: Answer | null): boolean => answer?.kind === 'waiting' || answer?.kind === 'streaming';
export const isAnswering = (turns: ChatTurn[]): boolean =>
  turns.some((turn) => unfinished(turn.base) || unfinished(turn.tuned));

/** The messages one side has seen in this conversation: its own answers; questions it failed to answer are left out. */
export function history(turns: ChatTurn[], side: Side): Message[] {
  const start = turns.findLastIndex((turn) => turn.fresh);
  return turns.slice(Math.max(0, start)).flatMap((turn): Message[] => {
    const answer = turn[side];
    if (answer?.kind !== 'done') return [];
    return [
      { role: 'user', content: turn.question },
      { role: 'assistant', content: answer.text },
    ];
  });
}

/** Also where the turn was cleared away meanwhile: undo brings back an answer that has ended, not one that never will. */
function setAnswer(id: string, side: Side, answer: Answer): void {
  const put = (turns: ChatTurn[]): ChatTurn[] =>
    turns.map((turn) => (turn.id === id ? { ...turn, [side]: answer } : turn));
  useChat.setState(({ turns, cleared }) => ({ turns: put(turns), cleared: cleared && put(cleared) }));
}

async function answer(turn: ChatTurn, side: Side, messages: Message[]): Promise<void> {
  const { recipe } = useRecipe.getState();
  const id = `${turn.id}-${side}`;
  let text = '';
  let ended = false;
  try {
    const prompt = await clients().data.renderPrompt(messages, recipe);
    const result = await clients().compute.generate(
      { id, promptIds: prompt.inputIds, useAdapter: side === 'tuned', ...recipe.generation, stopStrings: [] },
      callback((soFar: string, tokens: number) => {
        if (ended) return;
        text = soFar;
        setAnswer(turn.id, side, { kind: 'streaming', id, text, tokens, prompt });
      }),
    );
    ended = true;
    setAnswer(turn.id, side, { kind: 'done', text: result.text, result, prompt });
    announce(`${side === 'base' ? 'Base' : 'Tuned'} answer: ${result.text}`);
  } catch (error) {
    ended = true;
    setAnswer(turn.id, side, { kind: 'failed', text, error: toErrorRecord(error) });
  }
}

/**
 * Asks both sides (the base alone while there is no adapter); resolves when both have answered.
 * @param fresh begin a new conversation with it; so does the first question to another model. A draft of other words stays.
 */
export async function ask(question: string, fresh = false): Promise<void> {
  const content = question.trim();
  const { turns, draft } = useChat.getState();
  if (content === '' || isAnswering(turns)) return;
  const id = crypto.randomUUID();
  const model = modelName(useModel.getState().source);
  const tuned = isTuned(useAdapter.getState().status);
  const turn: ChatTurn = {
    id,
    question: content,
    model,
    fresh: fresh || turns.at(-1)?.model !== model,
    base: { kind: 'waiting', id: `${id}-base` },
    tuned: tuned ? { kind: 'waiting', id: `${id}-tuned` } : null,
  };
  useChat.setState({ turns: [...turns, turn], cleared: null, draft: draft.trim() === content ? '' : draft });
  const before = turn.fresh ? [] : turns;
  const asked = (side: Side): Message[] => [...history(before, side), { role: 'user', content }];
  await Promise.all([answer(turn, 'base', asked('base')), tuned ? answer(turn, 'tuned', asked('tuned')) : null]);
}

/** Asks the tuned model a question that was asked before there was one. */
export async function askTuned(id: string): Promise<void> {
  const { turns } = useChat.getState();
  const index = turns.findIndex((turn) => turn.id === id);
  const turn = turns[index];
  if (!turn || isAnswering(turns)) return;
  const before = turn.fresh ? [] : turns.slice(0, index);
  const asked = [...history(before, 'tuned'), { role: 'user', content: turn.question }];
  setAnswer(id, 'tuned', { kind: 'waiting', id: `${id}-tuned` });
  await answer(turn, 'tuned', asked);
}

/** Ends every answer that is being written; what is there stays. */
export async function stopAnswers(): Promise<void> {
  const ids = useChat
    .getState()
    .turns.flatMap((turn) => [turn.base, turn.tuned])
    .flatMap((one) => (one && 'id' in one ? [one.id] : []));
  await Promise.allSettled(ids.map((id) => clients().compute.stopGeneration(id)));
}

export async function clearChat(): Promise<void> {
  await stopAnswers();
  // Pressed twice while answers end: the second press finds nothing to clear.
  useChat.setState(({ turns }) => (turns.length > 0 ? { turns: [], cleared: turns } : {}));
}

export function undoClear(): void {
  useChat.setState((state) => (state.cleared ? { turns: state.cleared, cleared: null } : state));
}

export function setDraft(draft: string): void {
  useChat.setState({ draft });
}

/** The question a run answers anew: the one asked last, else the sample set's first; null where there is neither. */
export function currentQuestion(): string | null {
  return useChat.getState().turns.at(-1)?.question ?? useSamples.getState().current?.suggestedQuestions[0] ?? null;
}
