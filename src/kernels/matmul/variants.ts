import type { WeightFormat } from '../weights/weight';

/**
 * Ways to compute a product of whole vec4 rows. `quad`: four lanes share rows by subgroup operations (software devices).
 * `register`: each thread reads what it needs. `tile`: operands go through workgroup memory. They sum in the same order, yet a
 * compiler may fuse differently, so their last bits may differ: a device must keep to its choice.
 */
export type ProductVariant = 'quad' | 'register' | 'tile';

/** Which variant each class of products takes on a device; see {@link productClass}. Plain data, to be kept. */
export type ProductChoices = Readonly<Record<string, ProductVariant>>;

export type Layout = 'NN' | 'NT' | 'TN';

/** Rows of C up to which products are alike: a few tokens, a short batch, a long one. */
export const rowBuckets = [64, 512, Number.POSITIVE_INFINITY] as const;

/** A tile of fewer rows or columns than this would be mostly empty. */
export const tileSide = 64;

/** Products that are expected to prefer the same variant have the same class: layout, whether B is packed, a bucket of rows. */
export function productClass(layout: Layout, format: WeightFormat, rows: number): string {
  const bucket = rowBuckets.find((most) => rows <= most);
  return `${layout} ${format === 'f32' ? 'f32' : 'packed'} ${bucket}`;
}
