import { TunesmithError } from '../../lib/errors';
import type { MaskEffect } from '../../protocol/dataApi';
import { ignoreLabel } from '../../protocol/example';
import { stopIsTrained } from '../label/remarks';
import type { Dataset } from './dataset';
import type { RowContext } from './processRow';
import { isTrainable } from './records';

const yieldEveryMs = 30;

/**
 * Compares the labels in force with those of another context over rows spread evenly over the file. Tokens are counted
 * over the rows that both can label; rows that only the other context can train on are counted apart.
 * Throws `data/cancelled` when a newer comparison has begun.
 */
export async function maskEffect(
  dataset: Dataset,
  other: RowContext,
  sampleRows: number,
  isCancelled: () => boolean,
): Promise<MaskEffect> {
  const { records, context } = dataset;
  const effect: MaskEffect = {
    rows: 0,
    changedRows: 0,
    changed: [],
    tokensBefore: 0,
    tokensAfter: 0,
    trainedBefore: 0,
    trainedAfter: 0,
    stopTrainedBefore: 0,
    stopTrainedAfter: 0,
    failedRows: 0,
    failure: null,
    gainedRows: 0,
  };
  let yieldedAt = performance.now();
  for (const row of spread(records.count, sampleRows)) {
    if (performance.now() - yieldedAt > yieldEveryMs) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      yieldedAt = performance.now();
    }
    if (isCancelled())
      throw new TunesmithError('data/cancelled', 'preview: a newer one has begun; its result will come');
    const place = records.at(row);
    if (dataset.isLeftOut(row)) continue;
    const { processed } = await dataset.processed(row, other);
    if (!isTrainable(place)) {
      if (processed.ok && trained(processed.labelled.labels) > 0) effect.gainedRows++;
      continue;
    }
    effect.rows++;
    if (!processed.ok) {
      effect.failedRows++;
      effect.failure ??= processed.error;
      note(effect, row);
      continue;
    }
    const ids = records.ids(row);
    const labels = records.labels(row);
    const after = processed.labelled;
    effect.tokensBefore += ids.length;
    effect.trainedBefore += trained(labels);
    if (stopIsTrained(ids, labels, context.label)) effect.stopTrainedBefore++;
    effect.tokensAfter += after.ids.length;
    effect.trainedAfter += trained(after.labels);
    if (trained(after.labels) > 0 && stopIsTrained(after.ids, after.labels, other.label)) effect.stopTrainedAfter++;
    if (!isSame(ids, after.ids) || !isSame(labels, after.labels)) note(effect, row);
  }
  return effect;
}

const listed = 100;
function note(effect: MaskEffect, row: number): void {
  effect.changedRows++;
  if (effect.changed.length < listed) effect.changed.push(row);
}

/** At most `wanted` of `count` numbers, evenly spread from 0. */
function* spread(count: number, wanted: number): Generator<number> {
  const rows = Math.min(count, Math.max(1, Math.trunc(wanted)));
  for (let index = 0; index < rows; index++) yield Math.floor((index * count) / rows);
}

function trained(labels: ArrayLike<number>): number {
  let count = 0;
  for (let index = 1; index < labels.length; index++) if (labels[index] !== ignoreLabel) count++;
  return count;
}

function isSame(one: ArrayLike<number>, other: ArrayLike<number>): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
