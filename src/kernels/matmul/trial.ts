import type { WebgpuRunner } from '../runtime/webgpuRunner';
import type { Tuning } from '../runtime/webgpuTuning';
import { createWeights } from '../weights/webgpu';
import { productClass, rowBuckets, type Layout, type ProductChoices, type ProductVariant } from './variants';
import { createMatmul } from './webgpu';

export interface TrialOptions {
  /** Stops between two classes when so much time is gone; what is not tried takes its layout's choice. Default 300. */
  budgetMs?: number;
  /** Sides of the weight; default 1,024. */
  side?: number;
  /** Rows of C that stand for each of {@link rowBuckets}. */
  rows?: readonly number[];
}

/** The register variant stays unless tiles are faster by this: a choice should not turn on noise. */
const wantedGain = 1.1;
/** Products in one measurement, of which there are two a variant; the faster counts. */
const products = 4;

const otherVariant = 'tile' satisfies ProductVariant;

/**
 * Times the register variant against workgroup-memory tiles on this device, for each class of products: forward and input
 * gradient first, with packed and with f32 weights, of short batches and of long ones. Devices in software are not asked:
 * their lanes share rows (SwiftShader, 128×896×1,216: quads 3.0, registers 2.1, tiles 1.3 GFLOP/s by processor time).
 *
 * The last bits of a result may depend on the variant, so that a run is repeated bit for bit only with the same choices: keep
 * what this returns and give it to `createWebgpuKernels` the next time.
 */
export async function tryProducts(
  runner: WebgpuRunner,
  tuning: Tuning,
  { budgetMs = 300, side = 1024, rows = [64, 256, 1024] }: TrialOptions = {},
): Promise<ProductChoices> {
  if (tuning.quads || tuning.software) return {};
  const begun = performance.now();
  const choices: Record<string, ProductVariant> = {};
  const weights = createWeights({ runner, tuning });
  // The middle bucket first: a micro-batch of chat rows.
  for (const bucket of [1, 2, 0])
    for (const format of ['f16', 'f32'] as const)
      for (const layout of ['NT', 'NN'] as const) {
        if (performance.now() - begun > budgetMs) break;
        const weight = weights.createWeight(format, [side, side]);
        weights.writeWeight(weight, 0, new Float32Array(side * side).fill(0.25));
        const x = runner.empty([rows[bucket] ?? 64, side]);
        const timeOf = async (variant: ProductVariant): Promise<number> => {
          const matmul = createMatmul({ runner, tuning: { ...tuning, products: everywhere(variant) } });
          const once = async (count: number): Promise<number> => {
            const start = performance.now();
            const made = Array.from({ length: count }, () => matmul(x, weight, { transposeB: layout === 'NT' }));
            await runner.finish();
            const time = performance.now() - start;
            for (const { storage } of made) storage.dispose();
            return time;
          };
          await once(1);
          return Math.min(await once(products), await once(products));
        };
        const registers = await timeOf('register');
        const isFaster = registers > wantedGain * (await timeOf(otherVariant));
        choices[productClass(layout, format, rowBuckets[bucket] ?? 0)] = isFaster ? otherVariant : 'register';
        weights.disposeWeight(weight);
        x.storage.dispose();
      }
  return completed(choices);
}

const layouts = ['NT', 'NN', 'TN'] as const satisfies readonly Layout[];
const formats = ['f32', 'f16'] as const;

/** Every class with the same variant. */
export function everywhere(variant: ProductVariant): ProductChoices {
  const all: Record<string, ProductVariant> = {};
  for (const layout of layouts)
    for (const format of formats) for (const rows of rowBuckets) all[productClass(layout, format, rows)] = variant;
  return all;
}

/** Classes that were not tried take the choice of one that was, of their layout first (a TN product reads as an NN one does). */
function completed(tried: Readonly<Record<string, ProductVariant>>): ProductChoices {
  const all: Record<string, ProductVariant> = {};
  for (const layout of layouts)
    for (const format of formats)
      for (const rows of rowBuckets) {
        const own = productClass(layout, format, rows);
        const like = layout === 'TN' ? 'NN' : layout;
        const near = [own, ...rowBuckets.flatMap((at) => formats.map((other) => productClass(like, other, at)))];
        all[own] = near.map((name) => tried[name]).find((variant) => variant !== undefined) ?? 'register';
      }
  return all;
}

/** Whether kept data are choices: names of classes with variants that a device without quads may take. */
export function isChoices(x: unknown): x is ProductChoices {
  const classes = new Set(Object.keys(everywhere('register')));
  return (
    typeof x === 'object' &&
    x !== null &&
    Object.entries(x).every(
      ([name, variant]) => classes.has(name) && (variant === 'register' || variant === otherVariant),
    )
  );
}
