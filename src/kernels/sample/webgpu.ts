import type { Kernels } from '../kernels';
import type { Operand } from '../runtime/view';
import { programsOf } from '../runtime/webgpuPrograms';
import type { Param } from '../runtime/webgpuRunner';
import { ceilDiv, elementsOf, type WebgpuContext } from '../runtime/webgpuTuning';
import { sampleTerms, type SampleTerms } from './rule';
import bestSource from './sampleBest.wgsl?raw';
import searchSource from './sampleSearch.wgsl?raw';
import takeSource from './sampleTake.wgsl?raw';

/** Words of the parts, of a state and of the histogram behind it. */
const partWords = 256;
const stateWords = 4;
const slotWords = stateWords + 2048;
const mostParts = 64;
/** Bits of the limit that are known after each pass of a search. */
const depths = [11, 21, 31] as const;

/** What a pass of the search counts. */
const counted = { tokens: 0, weights: 1, sum: 2 } as const;

/**
 * Two dispatches for greedy, four for a draw, three more for each of top-k and top-p: no sort, whatever k and p are. Three
 * pipelines for all settings: compiling one takes longer than the branches in it.
 */
export function createSample(context: WebgpuContext): Kernels['sample'] {
  const { runner, tuning } = context;
  const WX = tuning.software ? 4 : 256;
  const best = programsOf(context, 'sampleBest', bestSource);
  const searches = programsOf(context, 'sampleSearch', searchSource);
  const take = programsOf(context, 'sampleTake', takeSource);

  return (logits, { seen, token, drawn }, index, options) => {
    const columns = elementsOf(logits);
    const terms = sampleTerms(options, columns, index);
    const { greedy, inverse, penalty, relief, topK, topP, hash } = terms;
    const share = ceilDiv(columns, Math.min(tuning.software ? 8 : mostParts, ceilDiv(columns, 1024)));
    const parts = ceilDiv(columns, share);
    const passes = greedy ? 0 : 3 * (Number(topK > 0) + Number(topP > 0));
    const clear = greedy ? 0 : passes * slotWords + stateWords;
    const work = runner.empty([partWords + clear], 'int32');
    const numbers = [{ f: inverse }, { f: penalty }, { f: relief }];
    runner.dispatch(best('wwr', { WX }), [logits, work, seen], [columns, share, clear, ...numbers], parts);
    const sides = [columns, share, parts, { f: inverse }];
    if (!greedy) search(logits, work, terms, sides, parts, passes);
    const state = partWords + passes * slotWords;
    const params = [...sides, state, hash, index, greedy ? 1 : 0, penalty === 1 ? 0 : 1];
    runner.dispatch(take('rrwww', { WX }), [logits, work, token, drawn, seen], params, 1);
    work.storage.dispose();
  };

  /** Narrows down the limits of top-k, then top-p, then sums the weights of what is left. */
  function search(
    logits: Operand,
    work: Operand,
    { topK, topP, limit }: SampleTerms,
    sides: readonly Param[],
    parts: number,
    passes: number,
  ): void {
    const counts = (pass: number): number => (pass < 3 && topK > 0 ? counted.tokens : counted.weights);
    for (let pass = 0; pass <= passes; pass++) {
      const next = partWords + pass * slotWords;
      const [state, last, depth] =
        pass > 0 ? [next - slotWords, next - slotWords + stateWords, depths[(pass - 1) % 3] ?? 0] : [0, 0, 0];
      const now = pass === passes ? counted.sum : counts(pass);
      const params = [...sides, now, state, last, next, depth, counts(pass - 1), topK, topP, limit];
      runner.dispatch(searches('rw', { WX }), [logits, work], params, parts);
    }
  }
}
