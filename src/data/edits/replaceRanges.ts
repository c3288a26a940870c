import type { Message } from '../../protocol/conversation';
import { normalizeWeights, type WeightRange } from '../judge/weightRanges';

/** A stretch of a text and what stands in its place; `start === end` inserts. */
export interface Replacement {
  start: number;
  end: number;
  text: string;
}

/** A text with stretches replaced, which are ascending and do not overlap. */
export function replaceInText(text: string, replacements: readonly Replacement[]): string {
  let result = '';
  let at = 0;
  for (const { start, end, text: into } of replacements) {
    result += text.slice(at, start) + into;
    at = end;
  }
  return result + text.slice(at);
}

/** A message with stretches of its content replaced; `weights` go on marking the same words. */
export function replaceInContent(message: Message, replacements: readonly Replacement[]): Message {
  if (typeof message.content !== 'string' || replacements.length === 0) return message;
  const content = replaceInText(message.content, replacements);
  const changed: Message = { ...message, content };
  if (!message.weights) return changed;
  const moved = message.weights.map(({ start, end, weight }): WeightRange => ({
    // What is inserted at a border stays outside of the range that ends there and of the one that starts there.
    start: movedPlace(start, replacements, true),
    end: movedPlace(end, replacements, false),
    weight,
  }));
  return withWeights(changed, moved);
}

/** Where a place of the old text stands in the new one. @param isStart places after an insertion at the same place. */
function movedPlace(place: number, replacements: readonly Replacement[], isStart: boolean): number {
  let shift = 0;
  for (const { start, end, text } of replacements) {
    if (start > place || (start === place && !isStart)) break;
    if (end <= place) shift += text.length - (end - start);
    // Inside of what is replaced: go to the border that keeps the range small.
    else return start + shift + (isStart ? text.length : 0);
  }
  return place + shift;
}

/** A message with these weights, normalised; without the key when there are none. */
export function withWeights(message: Message, weights: readonly WeightRange[]): Message {
  const normal = normalizeWeights(weights);
  const { weights: _, ...rest } = message;
  return normal.length === 0 ? rest : { ...rest, weights: normal };
}
