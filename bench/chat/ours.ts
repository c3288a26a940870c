import { generate } from '../../src/engine/generate/generate';
import type { Kernels } from '../../src/kernels/kernels';
import { Random } from '../../src/lib/random';
import type { ChatWork, Contender } from '../contender';
import { openModel } from '../step/ours';

/** The chat's own code, greedy, never ending before `newTokens`. */
export async function prepareChat(kernels: Kernels, work: ChatWork): Promise<Contender> {
  const model = await openModel(kernels, work.sides, work.format);
  const random = new Random(3);
  const promptIds = Array.from({ length: work.promptTokens }, () => random.below(work.sides.vocabSize));
  let figures: Record<string, number> = {};
  return {
    once: async () => {
      const { ids, tokens_per_second, prefill_ms } = await generate(
        model,
        null,
        {
          promptIds,
          max_new_tokens: work.newTokens,
          temperature: 0,
          top_k: 0,
          top_p: 1,
          min_p: 0,
          repetition_penalty: 1,
          seed: 0,
          stopStrings: [],
          eosTokenIds: [],
        },
        { decoder: { push: () => '', end: () => '' } },
      );
      figures = { decodeTokensPerSecond: tokens_per_second, prefillMs: prefill_ms };
      return 1 + ids.reduce((sum, id) => sum + id, 0);
    },
    figures: () => figures,
    dispose: () => model.dispose(),
  };
}
