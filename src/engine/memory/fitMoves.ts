import type { WeightFormat } from '../../kernels/weights/weight';
import type { FitSuggestion, RunRows } from '../../protocol/memory';
import type { Recipe } from '../../recipe/schema';

export type Change = FitSuggestion['changes'][number];

/** A kind of change that saves memory: `steps` go further and further, each in place of the one before. */
export interface Move {
  steps: Change[][];
}

function change(path: string, from: unknown, to: unknown, consequence: string): Change {
  return { path, from, to, consequence };
}

/** Rows are not cut shorter than this many tokens. */
const shortestLength = 64;
const smallestRank = 4;

/**
 * What may be given up to save memory, the least harm first: time only (the same numbers are computed), then rounding of the
 * optimizer's memory, then rounding of the weights, then text that is cut, then what the adapter can learn. `format`: how the
 * weights are held now.
 */
export function movesFor(
  recipe: Recipe,
  format: WeightFormat,
  held: readonly WeightFormat[],
  rows: RunRows | null,
): Move[] {
  const { training, adapter } = recipe;
  const isFull = adapter.kind === 'none';
  const moves: Move[] = [];
  const add = (steps: Change[][]): void => {
    if (steps.length > 0) moves.push({ steps });
  };
  if (!training.gradient_checkpointing)
    add([
      [
        change(
          'training.gradient_checkpointing',
          false,
          true,
          'Each block is computed again on the way back: about a third more time, the same result.',
        ),
      ],
    ]);
  const evalBatch = training.per_device_eval_batch_size;
  add(
    smallerDivisors(evalBatch).map((to) => [
      change(
        'training.per_device_eval_batch_size',
        evalBatch,
        to,
        'Fewer rows at once in evaluations: they may take longer, the figures stay.',
      ),
    ]),
  );
  const { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulation } = training;
  add(
    smallerDivisors(batch).map((to) => [
      change(
        'training.per_device_train_batch_size',
        batch,
        to,
        'Fewer rows at once: a step may take longer, and learns the same.',
      ),
      change(
        'training.gradient_accumulation_steps',
        accumulation,
        (accumulation * batch) / to,
        `Gradients of ${(accumulation * batch) / to} parts are added up, so that a step still has ${batch * accumulation} rows.`,
      ),
    ]),
  );
  if (training.optim === 'adamw')
    add([
      [
        change(
          'training.optim',
          'adamw',
          'adamw_8bit',
          'The optimizer remembers in 8 bits instead of 32: a quarter of its bytes, slightly different steps.',
        ),
      ],
    ]);
  if (!isFull)
    add(
      smallerFormats(format, held).map((to) => [change('model.dtype', recipe.model.dtype, to, formatConsequence[to])]),
    );
  add(
    halves(training.max_length, shortestLength).map((to) => [
      change('training.max_length', training.max_length, to, cutConsequence(rows, to)),
    ]),
  );
  if (!isFull)
    add(
      halves(adapter.r, smallestRank).map((to) => [
        change('adapter.r', adapter.r, to, 'A smaller adapter: it can learn less, and its file is smaller.'),
        ...(adapter.use_rslora
          ? []
          : [
              change(
                'adapter.lora_alpha',
                adapter.lora_alpha,
                (adapter.lora_alpha * to) / adapter.r,
                'Goes with the rank, so that the adapter counts as much as before.',
              ),
            ]),
      ]),
    );
  return moves;
}

/** The last resort of full fine-tuning. */
export const toAdapter = change(
  'adapter.kind',
  'none',
  'lora',
  'An adapter is trained beside the weights instead of the weights themselves: it can learn less, and takes far less.',
);

/** 8 → 4, 2, 1; 6 → 3, 2, 1: so that accumulation makes up for it exactly. In √value steps: a batch may be any number. */
function smallerDivisors(value: number): number[] {
  const found = new Set<number>();
  for (let divisor = 1; divisor * divisor <= value; divisor++)
    if (value % divisor === 0) found.add(divisor).add(value / divisor);
  found.delete(value);
  return [...found].sort((a, b) => b - a);
}

/** 1000, 64 → 500, 250, 125, 64. */
function halves(value: number, floor: number): number[] {
  const found: number[] = [];
  for (let half = value; half > floor;) {
    half = Math.max(floor, Math.floor(half / 2));
    found.push(half);
  }
  return found;
}

const smallerFormats = (format: WeightFormat, held: readonly WeightFormat[]): ('f16' | 'int8' | 'int4')[] => {
  const order = ['f16', 'int8', 'int4'] as const;
  const present = order.findIndex((each) => each === format);
  return order.slice(present + 1).filter((each) => held.includes(each));
};

const formatConsequence = {
  f16: 'The frozen weights are kept in 16 bits, as models are published; they are loaded anew.',
  int8: 'The frozen weights are kept in 8 bits: rounding that is hardly measurable; they are loaded anew.',
  int4: 'The frozen weights are kept in 4 bits: answers change slightly; they are loaded anew.',
};

/** How many rows a shorter `max_length` cuts, as far as they are known. */
function cutConsequence(rows: RunRows | null, length: number): string {
  if (!rows) return `Rows of more than ${length} tokens are cut.`;
  const { tokens } = rows.train;
  const cut = tokens.reduce((sum, count) => sum + (count > length ? 1 : 0), 0);
  if (cut === 0) return 'No row is so long, so none is cut.';
  return `${cut} of ${tokens.length} rows are longer than that and are cut.`;
}
