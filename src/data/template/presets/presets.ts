/** The templates of recipe `template.preset`: each marks what is trained with {% generation %} tags. */
import type { Recipe } from '../../../recipe/schema';
import { alpacaPreset } from './alpaca';
import { chatmlPreset } from './chatml';
import { humanAssistantPreset } from './humanAssistant';
import { llama3Preset } from './llama3';
import { mistralPreset } from './mistral';
import { phi3Preset } from './phi3';
import { simpleDelimitersPreset } from './simpleDelimiters';
import { zephyrPreset } from './zephyr';

type PresetName = NonNullable<Recipe['template']['preset']>;

export interface TemplatePreset {
  /** Recipe `template.preset`. */
  name: PresetName;
  /** For a person. */
  title: string;
  /** One sentence: how it looks and what ends an answer. */
  description: string;
  /** The Jinja text. */
  source: string;
}

export const templatePresetTable: readonly TemplatePreset[] = [
  {
    name: 'chatml',
    title: 'ChatML',
    description: 'Turns between <|im_start|> and <|im_end|>; a good choice where these are tokens of the model.',
    source: chatmlPreset,
  },
  {
    name: 'alpaca',
    title: 'Alpaca',
    description: '### Instruction, ### Input, ### Response; plain text, the end-of-text token ends an answer.',
    source: alpacaPreset,
  },
  {
    name: 'simple-delimiters',
    title: 'Simple delimiters',
    description: '### User, ### Assistant; plain text, the end-of-text token ends an answer.',
    source: simpleDelimitersPreset,
  },
  {
    name: 'human-assistant',
    title: 'Human and assistant',
    description: 'Human: …, Assistant: …; plain text, the end-of-text token ends an answer.',
    source: humanAssistantPreset,
  },
  {
    name: 'llama3',
    title: 'Llama 3',
    description: 'Headers in special tokens; <|eot_id|> ends an answer.',
    source: llama3Preset,
  },
  {
    name: 'zephyr',
    title: 'Zephyr',
    description: '<|user|>, <|assistant|>; the end-of-text token ends every turn.',
    source: zephyrPreset,
  },
  {
    name: 'phi3',
    title: 'Phi-3',
    description: '<|user|>, <|assistant|>; <|end|> ends every turn.',
    source: phi3Preset,
  },
  {
    name: 'mistral',
    title: 'Mistral',
    description: 'Questions in [INST]; strict alternation; the end-of-text token ends an answer.',
    source: mistralPreset,
  },
];

/** The preset of a name. */
export function templatePreset(name: PresetName): TemplatePreset {
  const found = templatePresetTable.find((preset) => preset.name === name);
  if (!found) throw new Error(`template.preset: unknown name ${name}`);
  return found;
}
