import { needModel } from '../input';
import type { OptionsOf } from '../options';
import { readRecipe } from '../recipe';
import { say, Studio } from '../studio';

/** `inspect`: one JSON object of facts about a model folder; its weights are not read. */
export async function inspectVerb(options: OptionsOf<'inspect'>): Promise<void> {
  const model = needModel(options.model);
  const recipe = readRecipe(options.recipe);
  const choice = options.backend ?? 'auto';
  const studio = await Studio.open(choice);
  try {
    await studio.openDevice(choice);
    const source = studio.mountModel(model);
    const tokenizer = await studio.run(({ data }, source) => data.openModel(source), source);
    const facts = await studio.run(({ compute }, argument) => compute.inspectModel(argument.source, argument.recipe), {
      source,
      recipe,
    });
    const { parts, total, verdict, weightReason } = facts.memory;
    say(`memory: ${verdict} · ${weightReason}`);
    const result = {
      architecture: facts.architecture,
      parameters: facts.parameters,
      dtype: facts.dtype,
      vocab_size: facts.vocabSize,
      tied_embeddings: facts.tiedEmbeddings,
      chat_template: tokenizer.hasChatTemplate,
      memory: { ...parts, total },
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
  } finally {
    await studio.close();
  }
}
