import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { needModel } from '../input';
import { estimateMemory, modelShape } from '../memory';
import type { OptionsOf } from '../options';
import { readRecipe } from '../recipe';
import { withModel } from '../withModel';

/** `inspect`: one JSON object of facts about a model folder. */
export async function inspectVerb(options: OptionsOf<'inspect'>): Promise<void> {
  const model = needModel(options.model);
  const recipe = readRecipe(options.recipe);
  await withModel({ model, backend: options.backend }, ({ facts, tokenizer, folder }) => {
    const config: unknown = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    const result = {
      architecture: facts.architecture,
      parameters: facts.parameters,
      dtype: facts.dtype,
      vocab_size: facts.vocabSize,
      tied_embeddings: facts.tiedEmbeddings,
      chat_template: tokenizer.hasChatTemplate,
      memory: estimateMemory(modelShape(config), facts.parameters, recipe),
    };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return Promise.resolve();
  });
}
