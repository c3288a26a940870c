import { Random } from '../../lib/random';
import type { ExampleTable } from '../../protocol/example';
import type { GradientCheckResult } from '../../protocol/run';
import type { Recipe } from '../../recipe/schema';
import type { Model } from '../model/model';
import { pauseBetween, type Interruption } from '../train/interruption';
import { checkedRows } from './checkedRows';
import { directionOf, moved, normOf } from './direction';
import { lossFunction, type LossFunction } from './lossFunction';
import { noiseOf } from './noise';
import { partsOf, type Part } from './parts';
import { slopeAlong } from './slope';

/** Tokens that are looked at: enough for every kernel, few enough for a software device. */
const checkedTokens = 256;
/** Stream of the directions; other uses of the run's seed have other streams. */
const directionStream = 19;
/** Losses that the noise is found from, and how far apart, as a part of ‖θ‖: some dozen units in the last place of each number. */
const noisePoints = 8;
const noiseSpacing = 1e-6;

/**
 * Finite differences of the loss against backpropagation, on this device: a fresh adapter by `recipe` with a random B over the
 * first rows of `examples`; for each kind of trained matrix, and for all together, the derivative along one direction, both ways. How exactly
 * they must agree follows from the noise that the loss is found to have here. Nothing stays on the device. Throws `train/no-rows`, `recipe/target-modules`, {@link Aborted}.
 */
export async function gradientCheck(
  model: Model,
  recipe: Recipe,
  examples: ExampleTable,
  onProgress: (done: number, total: number) => void = () => {},
  interruption: Interruption = {},
): Promise<GradientCheckResult> {
  const begun = performance.now();
  const rows = checkedRows(examples, checkedTokens);
  const loss = await lossFunction(model, recipe, rows);
  try {
    const parts = partsOf(loss.adapter);
    const total = parts.length + 2;
    let done = 0;
    const step = async (): Promise<void> => {
      onProgress(done++, total);
      await pauseBetween(interruption);
    };
    await step();
    const gradient = await loss.gradient();
    await step();
    const random = new Random(recipe.training.seed, directionStream);
    const all = parts.at(-1) as Part;
    const noise = await measureNoise(loss, all, directionOf(all, gradient, random));
    const results: GradientCheckResult['parts'] = [];
    for (const part of parts) {
      await step();
      const slope = await slopeAlong(loss, part, gradient, directionOf(part, gradient, random), noise);
      results.push({ name: part.name, ...slope, passed: slope.relativeError <= slope.tolerance });
    }
    onProgress(total, total);
    return {
      parts: results,
      passed: results.every(({ passed }) => passed),
      rows: rows.length,
      tokens: loss.batch.tokens,
      ms: performance.now() - begun,
    };
  } finally {
    loss.dispose();
  }
}

/** σ of the loss's rounding noise; at least half a unit in the last place of the loss, as if its tokens' errors were all alike. */
async function measureNoise(loss: LossFunction, all: Part, direction: Float64Array): Promise<number> {
  const spacing = noiseSpacing * normOf(all, loss.start);
  const values = [];
  for (let point = 0; point < noisePoints; point++)
    values.push(await loss.at(moved(all, loss.start, direction, point * spacing)));
  const [first = Number.NaN] = values;
  return Math.max(noiseOf(values), (first * 2 ** -24) / Math.sqrt(loss.batch.supervised));
}
