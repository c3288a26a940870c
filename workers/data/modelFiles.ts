import type { ModelFiles } from '../../src/data/session/modelContext';
import { chatTemplateOf, readTokenizerConfig } from '../../src/data/tokenizer/specialTokens';
import { TunesmithError } from '../../src/lib/errors';
import type { ModelSource } from '../../src/protocol/model';
import { openModelSource } from '../../src/storage/modelSource';

/** Reads the tokenizer and template files of a model folder. Throws `tokenizer/missing` when there is no tokenizer.json. */
export async function readModelFiles(source: ModelSource): Promise<ModelFiles> {
  const folder = openModelSource(source);
  const [tokenizerJson, tokenizerConfigJson] = await Promise.all([
    folder.readJson('tokenizer.json'),
    folder.readJson('tokenizer_config.json'),
  ]);
  if (tokenizerJson === null) {
    const message = `${folder.name}: tokenizer.json is needed, got no such file; choose the whole model folder`;
    throw new TunesmithError('tokenizer/missing', message);
  }
  // A server logs each file that it does not have: ask for the separate template only where it can matter.
  const hasOwnTemplate = chatTemplateOf(readTokenizerConfig(tokenizerConfigJson), null) !== null;
  const chatTemplateJinja = folder.local || !hasOwnTemplate ? await folder.readText('chat_template.jinja') : null;
  return { tokenizerJson, tokenizerConfigJson, chatTemplateJinja };
}
