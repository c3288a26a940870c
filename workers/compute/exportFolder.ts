import type { LoraAdapter } from '../../src/engine/adapters/lora';
import { writePeftFolder } from '../../src/formats/peft/adapterFolder';
import type { FolderFile } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';
import type { ModelFolder } from '../../src/storage/modelSource';
import { usageNote } from './usageNote';
import { withTrainedTemplate } from './trainedTemplate';

/** How the current adapter came to be, for what is exported with it. */
export interface AdapterOrigin {
  /** Complete recipe of the run; null: the adapter was loaded. */
  recipe: Recipe | null;
  dataHash: string;
  steps: number;
  /** Base model as the adapter's own config names it, where it was loaded. */
  baseName: string | null;
  revision: string | null;
}

/** Always in a model folder, or only asked for where asking costs nothing. */
const copied = ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json'];
const copiedIfLocal = [
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
];

/** The adapter as a PEFT folder with tokenizer, chat template, generation settings, model card and recipe. */
export async function exportPeftFolder(
  adapter: LoraAdapter,
  origin: AdapterOrigin,
  folder: ModelFolder,
): Promise<FolderFile[]> {
  const { settings } = adapter;
  const pairs = await adapter.read();
  const baseName = origin.baseName ?? folder.name;
  const files: FolderFile[] = writePeftFolder(
    {
      base_model_name_or_path: baseName,
      revision: origin.recipe ? origin.recipe.model.revision : origin.revision,
      r: settings.r,
      lora_alpha: settings.lora_alpha,
      lora_dropout: settings.lora_dropout,
      target_modules: targetNames(adapter),
      use_rslora: settings.use_rslora,
      use_dora: settings.use_dora,
    },
    pairs,
  );
  files.push(...(await sourceFiles(folder, origin.recipe)));
  const text = (name: string, content: string): void => {
    files.push({ name, bytes: new TextEncoder().encode(content) });
  };
  text('README.md', modelCard(adapter, origin, baseName));
  if (origin.recipe) text('recipe.json', `${JSON.stringify(origin.recipe, null, 2)}\n`);
  return files;
}

/** Tokenizer and generation settings, as the model's own folder has them, with the chat template of the run. */
export async function sourceFiles(folder: ModelFolder, recipe: Recipe | null): Promise<FolderFile[]> {
  const tokenizerConfig = await folder.readJson('tokenizer_config.json');
  const templateInside =
    typeof tokenizerConfig === 'object' && tokenizerConfig !== null && 'chat_template' in tokenizerConfig;
  const names = folder.local
    ? [...copied, ...copiedIfLocal]
    : templateInside
      ? copied
      : [...copied, 'chat_template.jinja'];
  const files: FolderFile[] = [];
  for (const name of names) {
    const bytes = await folder.readBytes(name);
    if (bytes) files.push({ name, bytes });
  }
  return withTrainedTemplate(files, recipe);
}

/** Last parts of the adapted modules' paths, each once: how PEFT lists them. */
const targetNames = (adapter: LoraAdapter): string[] => {
  const { target_modules: targets } = adapter.settings;
  if (targets !== 'all-linear') return [...targets];
  return [...new Set([...adapter.modules.keys()].map((path) => path.split('.').at(-1) ?? path))];
};

function modelCard(
  { settings, parameters }: LoraAdapter,
  { recipe, dataHash, steps }: AdapterOrigin,
  baseName: string,
): string {
  const rows: [string, string | number][] = [
    [
      'Method',
      `${settings.use_dora ? 'DoRA' : 'LoRA'} r ${settings.r}, alpha ${settings.lora_alpha}${settings.use_rslora ? ', rank-stabilised' : ''}`,
    ],
    ['Trainable parameters', parameters],
  ];
  if (recipe) {
    const { training } = recipe;
    rows.push(
      ['Optimizer steps', steps],
      ['Learning rate', `${training.learning_rate}, ${training.lr_scheduler_type}`],
      ['Rows a step', `${training.per_device_train_batch_size} × ${training.gradient_accumulation_steps}`],
      ['Seed', training.seed],
      ['Data (SHA-256)', dataHash],
    );
  }
  return `---
base_model: ${JSON.stringify(baseName)}
library_name: peft
pipeline_tag: text-generation
tags: [lora, tunesmith]
---

# LoRA adapter for ${baseName}

Fine-tuned in a browser tab with Tunesmith.

| | |
|---|---|
${rows.map(([label, value]) => `| ${label} | ${value} |`).join('\n')}

${usageNote(recipe)}

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(${JSON.stringify(baseName)}), "path/of/this/folder")
tokenizer = AutoTokenizer.from_pretrained("path/of/this/folder")
\`\`\`
`;
}
