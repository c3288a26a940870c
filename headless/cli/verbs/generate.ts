import type { Message } from '../../../src/protocol/conversation';
import { wantedDtype } from '../../../src/recipe/wantedDtype';
import { chatRecipe } from '../chatRecipe';
import { needAdapter, needModel, readMessages } from '../input';
import type { OptionsOf } from '../options';
import { say } from '../studio';
import { withModel } from '../withModel';

/** `generate`: one answer, from a user turn, a conversation, or raw text. */
export async function generateVerb(options: OptionsOf<'generate'>): Promise<void> {
  const model = needModel(options.model);
  const adapter = options.adapter === undefined ? undefined : needAdapter(options.adapter);
  const recipe = chatRecipe(options.recipe, [adapter, model === 'builtin' ? undefined : model], say);
  const messages = messagesOf(options);
  const { generation } = recipe;
  const temperature = options.temperature ?? generation.temperature;
  const sampling = {
    max_new_tokens: options['max-new-tokens'] ?? generation.max_new_tokens,
    temperature,
    top_p: options['top-p'] ?? generation.top_p,
    top_k: options['top-k'] ?? generation.top_k,
    min_p: generation.min_p,
    // Greedy on the command line is plain argmax, unless a recipe was given and says otherwise.
    repetition_penalty: temperature === 0 && options.recipe === undefined ? 1 : generation.repetition_penalty,
    seed: options.seed ?? generation.seed,
  };
  await withModel({ model, adapter, backend: options.backend, dtype: wantedDtype(recipe) }, async ({ studio }) => {
    const argument = { messages, raw: options.raw ?? '', recipe, sampling, useAdapter: adapter !== undefined };
    const { prompt, answer } = await studio.run(
      async ({ compute, data, proxy }, { messages, raw, recipe, sampling, useAdapter }) => {
        const prompt = messages ? await data.renderPrompt(messages, recipe) : await data.encode(raw);
        const request = { id: 'generate', promptIds: prompt.inputIds, useAdapter, stopStrings: [], ...sampling };
        return {
          prompt,
          answer: await compute.generate(
            request,
            proxy(() => {}),
          ),
        };
      },
      argument,
    );
    const { ids, text, stop_reason, tokens_per_second, prefill_ms } = answer;
    say(`prompt: ${prompt.inputIds.length} tokens in ${prefill_ms.toFixed(0)} ms`);
    process.stdout.write(
      `${JSON.stringify({ prompt_ids: prompt.inputIds, ids, text, stop_reason, tokens_per_second })}\n`,
    );
  });
}

/** The conversation to answer; null for raw text. */
function messagesOf(options: OptionsOf<'generate'>): Message[] | null {
  if (options.messages !== undefined) return readMessages(options.messages);
  return options.prompt === undefined ? null : [{ role: 'user', content: options.prompt }];
}
