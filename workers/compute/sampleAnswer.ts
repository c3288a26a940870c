import type { LoraAdapter } from '../../src/engine/adapters/lora';
import { generate } from '../../src/engine/generate/generate';
import { again } from '../../src/kernels/fallback/again';
import type { SamplePrompt } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import type { LoadedModel } from './modelLoads';

/** The answer to a prompt that is followed during a run: greedy, so that a change of it is a change of the model. `stopped`: it is wanted no more. */
export async function sampleAnswer(
  { model, tokenText }: LoadedModel,
  lora: LoraAdapter | null,
  prompt: SamplePrompt,
  { generation }: Recipe,
  stopped: () => boolean,
): Promise<string> {
  const { text } = await again(() =>
    generate(
      model,
      lora,
      {
        promptIds: prompt.promptIds,
        max_new_tokens: generation.max_new_tokens,
        temperature: 0,
        top_k: 0,
        top_p: 1,
        min_p: 0,
        repetition_penalty: 1,
        seed: 0,
        stopStrings: [],
        eosTokenIds: model.config.eosTokenIds,
      },
      { decoder: tokenText(), stopped },
    ),
  );
  return text;
}
