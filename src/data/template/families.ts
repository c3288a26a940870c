import { sha256Hex } from '../../lib/sha256Stream';
import { defaultLimits, CompiledTemplate } from './jinja';
import { chatmlTraining } from './training/chatml';
import { llama3Training } from './training/llama3';
import { phi3Training } from './training/phi3';
import { gemmaTraining } from './training/gemma';
import { gemma3Training } from './training/gemma3';
import { mistralFirstTraining, mistralToolsTraining, mistralTraining } from './training/mistral';
import { phi35Training } from './training/phi35';
import { qwen25Training } from './training/qwen25';
import { qwen3Training } from './training/qwen3';
import { qwen3Instruct2507Training } from './training/qwen3Instruct2507';
import { smollm2Training } from './training/smollm2';
import { zephyrTraining } from './training/zephyr';

/** A model family whose training template is known. */
export interface TemplateFamily {
  name: string;
  /** What stands right before an answer. */
  answerHeader: string;
  /** The template with `{% generation %}` around what is trained. */
  training: string;
  /** SHA-256 of the family's stock template, where one is known. */
  stockHash: string | null;
  /** The training template renders the stock template's text, so that behaviour tells the family too. */
  rendersStockText: boolean;
}

const templateFamilies: readonly TemplateFamily[] = [
  {
    name: 'qwen2.5',
    answerHeader: '<|im_start|>assistant\n',
    training: qwen25Training,
    stockHash: 'cd8e9439f0570856fd70470bf8889ebd8b5d1107207f67a5efb46e342330527f',
    rendersStockText: true,
  },
  {
    name: 'qwen3',
    answerHeader: '<|im_start|>assistant\n',
    training: qwen3Training,
    stockHash: 'a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8',
    // TRL's variant always writes the <think> block, so that earlier turns look the same whatever follows.
    rendersStockText: false,
  },
  {
    name: 'qwen3-instruct-2507',
    answerHeader: '<|im_start|>assistant\n',
    training: qwen3Instruct2507Training,
    stockHash: '64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326',
    rendersStockText: true,
  },
  {
    name: 'chatml',
    answerHeader: '<|im_start|>assistant\n',
    training: chatmlTraining,
    stockHash: null,
    rendersStockText: true,
  },
  {
    name: 'llama3',
    answerHeader: '<|start_header_id|>assistant<|end_header_id|>\n\n',
    training: llama3Training,
    stockHash: 'ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122',
    rendersStockText: true,
  },
  {
    name: 'phi3',
    answerHeader: '<|assistant|>\n',
    training: phi3Training,
    stockHash: 'dcaee66df77bfbb789ec541fe713218da30225a526f1db97138fc39ee6dc56aa',
    rendersStockText: true,
  },
  {
    name: 'smollm2',
    answerHeader: '<|im_start|>assistant\n',
    training: smollm2Training,
    stockHash: null,
    rendersStockText: true,
  },
  {
    name: 'phi3.5',
    answerHeader: '<|assistant|>\n',
    training: phi35Training,
    stockHash: '78d976a442bcde2f0be15aafbb8e3050e1104f86732266f68403251b89982a90',
    rendersStockText: true,
  },
  {
    name: 'gemma',
    answerHeader: '<start_of_turn>model\n',
    training: gemmaTraining,
    stockHash: 'ecd6ae513fe103f0eb62e8ab5bfa8d0fe45c1074fa398b089c93a7e70c15cfd6',
    rendersStockText: true,
  },
  {
    name: 'gemma3',
    answerHeader: '<start_of_turn>model\n',
    training: gemma3Training,
    stockHash: '7de1c58e208eda46e9c7f86397df37ec49883aeece39fb961e0a6b24088dd3c4',
    rendersStockText: true,
  },
  {
    name: 'mistral-v0.1',
    answerHeader: '[/INST]',
    training: mistralFirstTraining,
    stockHash: null,
    rendersStockText: true,
  },
  {
    name: 'mistral',
    answerHeader: '[/INST]',
    training: mistralTraining,
    stockHash: null,
    rendersStockText: true,
  },
  {
    name: 'mistral-v0.3',
    answerHeader: '[/INST]',
    training: mistralToolsTraining,
    stockHash: null,
    rendersStockText: true,
  },
  {
    name: 'zephyr',
    answerHeader: '<|assistant|>\n',
    training: zephyrTraining,
    stockHash: null,
    rendersStockText: true,
  },
];

interface Probe {
  messages: Record<string, unknown>[];
  tools?: unknown[];
}
const user = (content: string): Record<string, unknown> => ({ role: 'user', content });
const assistant = (content: string, more: object = {}): Record<string, unknown> => ({
  role: 'assistant',
  content,
  ...more,
});
const system = (content: string): Record<string, unknown> => ({ role: 'system', content });
const call = (args: unknown): object => ({ type: 'function', function: { name: 'look', arguments: args } });

/** Conversations that tell templates apart: defaults, order of roles, white space, thinking, tools, calls beside a text. Contents are texts, as judged rows are. */
const probes: readonly Probe[] = [
  { messages: [user('a b'), assistant('c d')] },
  { messages: [system('s'), user('a'), assistant('c'), user('e'), assistant('g')] },
  { messages: [user('  a\n'), assistant('\n c \n\n'), user(''), assistant('')] },
  { messages: [user('a'), user('b'), assistant('c'), assistant('d'), system('late'), user('e')] },
  { messages: [user('a'), assistant('<think>\nx\n</think>\n\nc'), user('b'), assistant('<think>y</think>d')] },
  { messages: [user('a'), assistant('c', { reasoning_content: 'r' })] },
  { messages: [system(''), user('a'), assistant('c')] },
  { messages: [{ role: 'developer', content: 'd' }, user('a'), assistant('c')] },
  {
    tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }],
    messages: [
      system('s'),
      user('a'),
      assistant('', { tool_calls: [call({ q: 'é' }), call({})] }),
      { role: 'tool', content: 'r1' },
      { role: 'tool', content: 'r2' },
      assistant('done'),
    ],
  },
  {
    messages: [
      { ...user('a'), name: 'n' },
      assistant('c', { tool_calls: [call('{"q": 1}')] }),
      { role: 'tool', content: 'r', name: 'look', tool_call_id: 'abcdefghi' },
      user('b'),
      assistant(''),
      { role: 'function', content: 'f', name: 'look' },
    ],
  },
];

const refused = '\u0000refused';

/** What a template makes of one probe; a refusal is a result too. */
function behaviour(
  template: CompiledTemplate,
  variables: Record<string, unknown>,
  probe: Probe,
  withPrompt: boolean,
): string {
  const { messages, tools = null } = probe;
  try {
    return template.render({ ...variables, messages, tools, documents: null, add_generation_prompt: withPrompt }, [])
      .text;
  } catch {
    return refused;
  }
}

const cases = probes.flatMap((probe) => [false, true].map((withPrompt) => ({ probe, withPrompt })));
const compiledFamilies = new Map<string, CompiledTemplate>();

function trainingOf(family: TemplateFamily): CompiledTemplate {
  const known = compiledFamilies.get(family.name);
  if (known) return known;
  const compiled = new CompiledTemplate(family.training);
  compiledFamilies.set(family.name, compiled);
  return compiled;
}

/** Answers of earlier calls, by template and variables: the same question comes with every change of a recipe. */
const answers = new Map<string, TemplateFamily | null>();
const mostAnswers = 64;

/**
 * The family of a model's own template: its stock text is known, or it renders every probe exactly as a family's
 * training template does (so that spacing inside the template does not matter). Null when unknown.
 */
export function recogniseFamily(source: string, variables: Record<string, unknown>): TemplateFamily | null {
  const hash = sha256Hex(new TextEncoder().encode(source));
  const stock = templateFamilies.find(({ stockHash }) => stockHash === hash);
  if (stock) return stock;
  const key = `${hash} ${JSON.stringify(variables)}`;
  const known = answers.get(key);
  if (known !== undefined) return known;
  const found = familyByBehaviour(source, variables);
  if (answers.size >= mostAnswers) answers.clear();
  answers.set(key, found);
  return found;
}

function familyByBehaviour(source: string, variables: Record<string, unknown>): TemplateFamily | null {
  let template: CompiledTemplate;
  try {
    template = new CompiledTemplate(source, { ...defaultLimits, milliseconds: 200 });
  } catch {
    return null;
  }
  const deadline = performance.now() + 1000;
  const shown: string[] = [];
  for (const { probe, withPrompt } of cases) {
    if (performance.now() > deadline) return null;
    shown.push(behaviour(template, variables, probe, withPrompt));
  }
  if (shown.every((text) => text === refused)) return null;
  return (
    templateFamilies.find(
      (family) =>
        family.rendersStockText &&
        cases.every(
          ({ probe, withPrompt }, index) =>
            behaviour(trainingOf(family), variables, probe, withPrompt) === shown[index],
        ),
    ) ?? null
  );
}
