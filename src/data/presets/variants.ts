/** Forms of a template that mark the answers as other programs do: the text stays the same, only the marks differ. */
import { recogniseFamily } from '../template/families';
import { hasGenerationTags } from '../template/jinja';
import type { Tokenizer } from '../tokenizer/tokenizer';

/** Where a family's training template marks more before the answer than the answer: what is changed. */
const narrower: Readonly<Record<string, readonly [from: string, to: string][]>> = {
  'qwen2.5': [
    [
      `{%- generation %}
        {%- if not message.tool_calls %}
            {{- '\\n' + message.content`,
      `{{- '\\n' }}
        {%- generation %}
        {%- if not message.tool_calls %}
            {{- message.content`,
    ],
    [
      `{{- '\\n' + message.content }}
            {%- endif %}
            {%- for tool_call in message.tool_calls %}`,
      `{{- message.content }}
            {%- endif %}
            {%- for tool_call in message.tool_calls %}`,
    ],
    [
      `{{- '\\n<tool_call>\\n{"name": "' }}`,
      `{{- ('\\n' if message.content or not loop.first else '') + '<tool_call>\\n{"name": "' }}`,
    ],
  ],
  chatml: [
    [`{%- generation %}\n        {{- '\\n' + message`, `{{- '\\n' }}\n        {%- generation %}\n        {{- message`],
  ],
  smollm2: [
    [`{%- generation %}\n        {{- '\\n' + message`, `{{- '\\n' }}\n        {%- generation %}\n        {{- message`],
  ],
  qwen3: [
    [
      `{%- generation %}
        {{- '<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}`,
      `{%- set thinks = reasoning_content.strip('\\n') or enable_thinking %}
        {%- if not thinks %}
            {{- '<think>\\n\\n</think>\\n\\n' }}
        {%- endif %}
        {%- generation %}
        {%- if thinks %}
            {{- '<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' }}
        {%- endif %}
        {{- content.lstrip('\\n') }}`,
    ],
  ],
};

/**
 * The template with the answer and what ends it marked (LLaMA-Factory's rule), for templates of a known family or with
 * {% generation %} tags of their own; null for others. An empty thought stays unmarked while thinking is off.
 */
export function answerOnly(source: string, variables: Record<string, unknown>): string | null {
  const family = recogniseFamily(source, variables);
  if (!family) return hasGenerationTags(source) ? source : null;
  let text = family.training;
  for (const [from, to] of narrower[family.name] ?? []) {
    if (!text.includes(from)) throw new Error(`training template of ${family.name}: the text to change is not in it`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** Spare tokens that models have in pairs and that no chat text holds. */
const sparePairs: readonly (readonly [string, string])[] = [
  ['<|box_start|>', '<|box_end|>'],
  ['<|quad_start|>', '<|quad_end|>'],
  ['<|reserved_special_token_0|>', '<|reserved_special_token_1|>'],
  ['<|placeholder1|>', '<|placeholder2|>'],
  ['<unused0>', '<unused1>'],
  ['<unused00>', '<unused01>'],
  ['[control_8]', '[control_9]'],
  ['<jupyter_start>', '<jupyter_text>'],
];

/** Two spare tokens of a tokenizer for loss markers; null when it has none that is known. */
export function spareMarkers(tokenizer: Tokenizer): { begin: string; end: string } | null {
  const isToken = (text: string): boolean => tokenizer.encode(text).ids.length === 1;
  const pair = sparePairs.find(([begin, end]) => isToken(begin) && isToken(end));
  return pair ? { begin: pair[0], end: pair[1] } : null;
}

/**
 * The template with marker tokens written where its {% generation %} tags stand (Modalities' way). The tags become tags
 * again, around the marker: what Jinja does to the white space beside them stays as it was.
 */
export function withMarkers(tagged: string, begin: string, end: string): string {
  const marker = (text: string) => (_: string, before: string, after: string) =>
    `{%${before} if true %}{{ '${text}' }}{% endif ${after}%}`;
  return tagged
    .replace(/\{%([-+]?)\s*generation\s*([-+]?)%\}/g, marker(begin))
    .replace(/\{%([-+]?)\s*endgeneration\s*([-+]?)%\}/g, marker(end));
}
