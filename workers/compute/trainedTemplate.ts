import { templateSource } from '../../src/data/template/templateSource';
import { chatTemplateOf } from '../../src/data/tokenizer/specialTokens';
import { exactOf, noteExact } from '../../src/formats/jsonl/exactJson';
import type { FolderFile } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';

const configName = 'tokenizer_config.json';
/** What transformers since 4.51 reads first. */
const templateName = 'chat_template.jinja';
/** What a template is given for each conversation, whatever `template.variables` says. */
const conversations = new Set(['messages', 'add_generation_prompt']);

const parsed = (file: FolderFile | undefined): { text: string; config: Record<string, unknown> } => {
  const text = file ? new TextDecoder().decode(file.bytes) : '{}';
  return { text, config: JSON.parse(text) as Record<string, unknown> };
};

/**
 * The tokenizer's files with the chat template of a run: chat must send what training saw. They stay as they are where that is
 * the model's own template, or the run is unknown.
 */
export function withTrainedTemplate(files: readonly FolderFile[], recipe: Recipe | null): FolderFile[] {
  const template = recipe && trainedTemplate(recipe, files);
  if (template === null) return [...files];
  const { text, config } = parsed(files.find(({ name }) => name === configName));
  const encode = (content: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(content);
  return [
    ...files.filter(({ name }) => name !== configName && name !== templateName),
    { name: configName, bytes: encode(printed(text, { ...config, chat_template: template }, config)) },
    { name: templateName, bytes: encode(template) },
  ];
}

/** The text of the template that a run used; null: the model's own as it stands. */
function trainedTemplate({ template }: Recipe, files: readonly FolderFile[]): string | null {
  const apart = files.find(({ name }) => name === templateName);
  const { config } = parsed(files.find(({ name }) => name === configName));
  const chatTemplate = chatTemplateOf(config, apart ? new TextDecoder().decode(apart.bytes) : null);
  const { source, variables } = template;
  const names = Object.keys(variables).filter((name) => /^[A-Za-z_]\w*$/.test(name) && !conversations.has(name));
  if (source === 'model' && (chatTemplate === null || names.length === 0)) return null;
  const text = templateSource({ chatTemplate }, template).source;
  // A template takes the line break after a block away (trim_blocks).
  return names.map((name) => `{%- set ${name} = ${literal(variables[name])} %}\n`).join('') + text;
}

/** A JSON value as Jinja writes it: like JSON, except for null. */
function literal(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value)
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}: ${literal(member)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

/** JSON of `config`, with numbers as `before` had them in `text`: JavaScript's do not hold all (`model_max_length` is often 10^30). */
function printed(text: string, config: object, before: object): string {
  noteExact(text, before);
  let json = `${JSON.stringify(config, null, 2)}\n`;
  for (const [key, digits] of exactOf(before)?.literals ?? [])
    json = json.replace(
      `\n  ${JSON.stringify(key)}: ${JSON.stringify(Number(digits))}`,
      () => `\n  ${JSON.stringify(key)}: ${digits}`,
    );
  return json;
}
