import { sha256Hex } from '../../lib/sha256Stream';
import { defaultLimits, CompiledTemplate } from './jinja';
import { chatmlTraining } from './training/chatml';
import { llama3Training } from './training/llama3';
import { phi3Training } from './training/phi3';
import { qwen25Training } from './training/qwen25';
import { qwen3Training } from './training/qwen3';
import { qwen3Instruct2507Training } from './training/qwen3Instruct2507';

/** A model family whose training template is known. */
interface TemplateFamily {
  name: string;
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
    training: qwen25Training,
    stockHash: 'cd8e9439f0570856fd70470bf8889ebd8b5d1107207f67a5efb46e342330527f',
    rendersStockText: true,
  },
  {
    name: 'qwen3',
    training: qwen3Training,
    stockHash: 'a55ee1b1660128b7098723e0abcd92caa0788061051c62d51cbe87d9cf1974d8',
    // TRL's variant always writes the <think> block, so that earlier turns look the same whatever follows.
    rendersStockText: false,
  },
  {
    name: 'qwen3-instruct-2507',
    training: qwen3Instruct2507Training,
    stockHash: '64f85b198065d0fba2a81f37e10ed68161ce2c19a754c7100e67e0ca2ee9c326',
    rendersStockText: true,
  },
  { name: 'chatml', training: chatmlTraining, stockHash: null, rendersStockText: true },
  {
    name: 'llama3',
    training: llama3Training,
    stockHash: 'ba03a121d097859c7b5b9cd03af99aafe95275210d2876f642ad9929a150f122',
    rendersStockText: true,
  },
  {
    name: 'phi3',
    training: phi3Training,
    stockHash: 'dcaee66df77bfbb789ec541fe713218da30225a526f1db97138fc39ee6dc56aa',
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

/** Conversations that tell templates apart: defaults, order of roles, white space, thinking, tools. Contents are texts, as judged rows are. */
const probes: readonly Probe[] = [
  { messages: [user('a b'), assistant('c d')] },
  { messages: [system('s'), user('a'), assistant('c'), user('e'), assistant('g')] },
  { messages: [user('  a\n'), assistant('\n c \n\n'), user(''), assistant('')] },
  { messages: [user('a'), user('b'), assistant('c'), assistant('d'), system('late'), user('e')] },
  { messages: [user('a'), assistant('<think>\nx\n</think>\n\nc'), user('b'), assistant('<think>y</think>d')] },
  { messages: [user('a'), assistant('c', { reasoning_content: 'r' })] },
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
];

/** Everything a template does with the probes, as one text per rendering; a refusal is a result too. */
function behaviour(source: string, variables: Record<string, unknown>): string[] | null {
  let template: CompiledTemplate;
  try {
    template = new CompiledTemplate(source, { ...defaultLimits, milliseconds: 500 });
  } catch {
    return null;
  }
  return probes.flatMap(({ messages, tools = null }) =>
    [false, true].map((add_generation_prompt) => {
      try {
        return template.render({ ...variables, messages, tools, documents: null, add_generation_prompt }, []).text;
      } catch {
        return '\u0000refused';
      }
    }),
  );
}

/**
 * The family of a model's own template: its stock text is known, or it renders every probe exactly as a family's
 * training template does (so that spacing inside the template does not matter). Null when unknown.
 */
export function recogniseFamily(source: string, variables: Record<string, unknown>): TemplateFamily | null {
  const hash = sha256Hex(new TextEncoder().encode(source));
  const stock = templateFamilies.find(({ stockHash }) => stockHash === hash);
  if (stock) return stock;
  const shown = behaviour(source, variables);
  if (!shown || shown.every((text) => text === '\u0000refused')) return null;
  return (
    templateFamilies.find(({ training, rendersStockText }) => {
      if (!rendersStockText) return false;
      const expected = behaviour(training, variables);
      return expected?.every((text, index) => text === shown[index]) ?? false;
    }) ?? null
  );
}
