import type { Message } from '../../protocol/conversation';
import { withWeights } from './replaceRanges';

const between = '\n\n';

/**
 * Joins neighbouring turns of one role, a blank line between their texts. Results of calls (`tool`, `function`) stay
 * apart, and so do turns of different names: each belongs to another call or speaker. Where only one of two turns was
 * masked (`weight`, `train`), its part stays masked as a range of `weights`.
 */
export function mergeTurns(messages: readonly Message[]): Message[] {
  const merged: Message[] = [];
  for (const message of messages) {
    const before = merged.at(-1);
    if (before && canJoin(before, message)) merged[merged.length - 1] = join(before, message);
    else merged.push(message);
  }
  return merged;
}

const canJoin = (one: Message, other: Message): boolean =>
  one.role === other.role &&
  one.role !== 'tool' &&
  one.role !== 'function' &&
  one.name === other.name &&
  !Array.isArray(one.content) &&
  !Array.isArray(other.content);

const isOff = ({ weight, train }: Message): boolean => weight === 0 || train === false;

function join(one: Message, other: Message): Message {
  const first = typeof one.content === 'string' ? one.content : '';
  const second = typeof other.content === 'string' ? other.content : '';
  const gap = first === '' || second === '' ? '' : between;
  const { weight, train, weights: _, ...rest } = { ...one, ...other };
  const joined: Message = {
    ...rest,
    content: one.content === null && other.content === null ? null : first + gap + second,
  };
  const calls = [...(one.tool_calls ?? []), ...(other.tool_calls ?? [])];
  if (calls.length > 0) joined.tool_calls = calls;
  const thoughts = [one.reasoning_content, other.reasoning_content].filter((thought) => thought);
  if (thoughts.length > 0) joined.reasoning_content = thoughts.join(between);
  const shift = first.length + gap.length;
  const weights = [
    // Of two turns that differ, the masked one keeps its mask; its own ranges win over it, as they did before.
    ...(isOff(one) && !isOff(other) ? [{ start: 0, end: first.length, weight: 0 as const }] : []),
    ...(one.weights ?? []),
    ...(isOff(other) && !isOff(one) ? [{ start: shift, end: shift + second.length, weight: 0 as const }] : []),
    ...(other.weights ?? []).map((range) => ({ ...range, start: range.start + shift, end: range.end + shift })),
  ];
  if (isOff(one) === isOff(other)) {
    if (weight !== undefined) joined.weight = weight;
    if (train !== undefined) joined.train = train;
  }
  return withWeights(joined, weights);
}
