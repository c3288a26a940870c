import { median } from '../statistics';

/** One measurement from file to labels, or of a part of it; counts say that the same was done. */
export interface Sample {
  ms: number;
  rows: number;
  tokens: number;
  /** Null where nothing is labelled. */
  trainedTokens: number | null;
}

/** What one contender did, over all rounds. */
export interface Speed {
  medianMs: number;
  allMs: number[];
  megabytesPerSecond: number;
  rowsPerSecond: number;
  tokensPerSecond: number;
}

export function speedOf(samples: readonly Sample[], sizeBytes: number): Speed {
  const allMs = samples.map(({ ms }) => ms);
  const medianMs = median(allMs);
  const perSecond = (amount: number): number => amount / (medianMs / 1000);
  const [{ rows, tokens } = { rows: NaN, tokens: NaN }] = samples;
  return {
    medianMs,
    allMs,
    megabytesPerSecond: perSecond(sizeBytes / 1e6),
    rowsPerSecond: perSecond(rows),
    tokensPerSecond: perSecond(tokens),
  };
}

/** @throws when two contenders did not do the same: then times mean nothing. */
export function mustAgree(name: string, sample: Sample, reference: Sample): void {
  const differs = (['rows', 'tokens', 'trainedTokens'] as const).filter(
    (key) => sample[key] !== null && reference[key] !== null && sample[key] !== reference[key],
  );
  if (differs.length > 0)
    throw new Error(
      `data: ${name} must do what ours does, but ${differs.map((key) => `${key} are ${String(sample[key])} against ${String(reference[key])}`).join(', ')}`,
    );
}
