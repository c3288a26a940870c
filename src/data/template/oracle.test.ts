/** Our engine against `@huggingface/jinja`, on the stock templates: another reading of the same language. */
import { Template } from '@huggingface/jinja';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stockTemplate } from '../testing/stockTemplates';
import { CompiledTemplate } from './jinja';

const variables = { bos_token: '<s>', eos_token: '</s>', tools: null, documents: null };
const refused = 'refused';
const attempt = (run: () => string): string => {
  try {
    return run();
  } catch {
    return refused;
  }
};

// Templates without strip('\n'), which that package reads as strip().
describe.each([
  'qwen2.5',
  'chatml',
  'smollm2',
  'llama3',
  'phi3',
  'phi3.5',
  'gemma',
  'gemma3',
  'mistral-v0.1',
  'mistral',
  'mistral-v0.3',
  'zephyr',
])('%s', (name) => {
  const source = stockTemplate(name);
  const ours = new CompiledTemplate(source);
  const theirs = new Template(source);
  const content = fc
    .array(fc.constantFrom('a', ' ', '\n', 'é', '👍', '<|im_end|>', '{{', 'word'), { maxLength: 6 })
    .map((parts) => parts.join(''));
  const message = fc.record({ role: fc.constantFrom('user', 'assistant', 'system', 'tool'), content });

  it('renders the same text of any conversation', () => {
    fc.assert(
      fc.property(
        fc.array(message, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (messages, add_generation_prompt) => {
          const context = { ...variables, messages, add_generation_prompt };
          expect(attempt(() => ours.render(context, []).text)).toBe(attempt(() => theirs.render(context)));
        },
      ),
      { numRuns: 100 },
    );
  });
});
