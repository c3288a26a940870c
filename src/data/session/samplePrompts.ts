import { Random } from '../../lib/random';
import type { SamplePrompt } from '../../protocol/training';
import { renderPrompt } from '../prompt/renderPrompt';
import type { Dataset } from './dataset';

/** Random stream of the draw, so that it stays the same when other uses of the seed change. */
const poolStream = 0x9001;

/** The rows in an order drawn with `seed`. */
export const drawnRows = (rows: Uint32Array, seed: number): Uint32Array =>
  new Random(seed, poolStream).permutation(rows.length).map((place) => rows[place] ?? 0);

/** Prompts before the last answer of the first of these rows that have one: `count` at most. */
export async function samplePrompts(source: Dataset, rows: Uint32Array, count: number): Promise<SamplePrompt[]> {
  const prompts: SamplePrompt[] = [];
  for (const row of rows) {
    if (prompts.length >= count) break;
    const { processed } = await source.processed(row);
    if (!processed.ok) continue;
    const { messages, tools } = processed.conversation;
    const answer = messages.findLastIndex(
      ({ role, content }) => role === 'assistant' && typeof content === 'string' && content !== '',
    );
    const expected = messages[answer]?.content;
    if (answer < 1 || typeof expected !== 'string') continue;
    const before = messages.slice(0, answer);
    const { inputIds } = renderPrompt(before, source.context, tools);
    const question = before.findLast(({ role }) => role === 'user')?.content;
    prompts.push({ row, prompt: typeof question === 'string' ? question : '', promptIds: inputIds, expected });
  }
  return prompts;
}
