import type { Kernels, SampleOptions } from '../../kernels/kernels';
import { rowsOf, type View } from '../../kernels/runtime/view';
import { markSeen } from '../../kernels/sample/rule';
import { free, keep, scope } from '../scope';

/** How tokens are chosen: transformers' names. */
export interface Sampling {
  /** 0 is greedy. */
  temperature: number;
  /** 0: no limit. */
  top_k: number;
  /** 1: no limit. */
  top_p: number;
  min_p: number;
  /** 1: none. */
  repetition_penalty: number;
}

/** The tokens of one answer, drawn and kept on the device until they are read. */
export interface Draws {
  /** int32 [1]: the newest token, what the decoder's next step reads. */
  readonly token: View;
  /** Draws token number `index` from logits [1, V], which are changed. */
  draw(logits: View, index: number): void;
  /** Token ids `first` … `first + count − 1`, once the device has drawn them. */
  read(first: number, count: number): Promise<number[]>;
  dispose(): void;
}

/** @param limit most tokens of the answer @param seed with a token's number, decides its draw */
export function createDraws(
  kernels: Kernels,
  vocabSize: number,
  promptIds: readonly number[],
  limit: number,
  sampling: Sampling,
  seed: number,
): Draws {
  const marks = new Int32Array(Math.ceil(vocabSize / 32));
  for (const id of promptIds) markSeen(marks, id);
  const upload = (values: Int32Array): View => kernels.upload(values, [values.length]);
  // Where memory runs out meanwhile, none of them stays.
  const { seen, token, drawn } = scope(() => ({
    seen: upload(marks),
    token: upload(new Int32Array(1)),
    drawn: upload(new Int32Array(limit)),
  }));
  [seen, token, drawn].forEach(keep);
  const options: SampleOptions = {
    temperature: sampling.temperature,
    topK: sampling.top_k,
    topP: sampling.top_p,
    minP: sampling.min_p,
    repetitionPenalty: sampling.repetition_penalty,
    seed,
  };
  return {
    token,
    draw: (logits, index) => kernels.sample(logits, { seen, token, drawn }, index, options),
    read: async (first, count) => Array.from(await kernels.read(rowsOf(drawn, first, count))),
    dispose: () => free(seen, token, drawn),
  };
}
