/** A Jinja template looked at before it is used: errors with their place, what it needs, whether its control tokens are tokens. */
import { toErrorRecord } from '../../lib/errors';
import type { TemplateReport } from '../../protocol/dataApi';
import type { Tokenizer } from '../tokenizer/tokenizer';
import { recogniseFamily } from './families';
import { CompiledTemplate, hasGenerationTags, withoutComments } from './jinja';

/** Given to every template, so that nobody has to set them. */
const given: ReadonlySet<string> = new Set([
  'messages',
  'tools',
  'documents',
  'add_generation_prompt',
  'enable_thinking',
]);

/** `<|…|>`, `<name>`, `</name>`, `[INST]`, `[/INST]`, `<start_of_turn>`, `<｜…｜>`. */
const controlToken =
  /<\|[^|<>\s'"]{1,64}\|>|<｜[^｜<>'"]{1,64}｜>|<\/?[a-zA-Z][a-zA-Z0-9_:]{0,63}>|\[\/?[A-Z][A-Z_]{1,63}\]/g;
const mostTokens = 200;

type Report = Omit<TemplateReport, 'sample' | 'sampleRow' | 'sampleError' | 'transformersJs'>;

/**
 * Looks at a template's text; never throws because of it.
 * @param variables special tokens and free data that it would be rendered with.
 */
export function inspectTemplate(text: string, tokenizer: Tokenizer, variables: Record<string, unknown>): Report {
  let template: CompiledTemplate | null = null;
  let error: Report['error'] = null;
  try {
    template = new CompiledTemplate(text);
  } catch (cause) {
    error = toErrorRecord(cause);
  }
  const free = template?.freeVariables ?? [];
  const isGiven = (name: string): boolean => given.has(name) || Object.hasOwn(tokenizer.variables, name);
  return {
    error,
    variables: free.filter((name) => !isGiven(name)).sort(),
    hasGenerationTags: hasGenerationTags(text),
    family: template ? (recogniseFamily(text, variables)?.name ?? null) : null,
    specialTokens: controlTexts(text, free, variables).map((token) => {
      const { ids } = tokenizer.encode(token);
      const [id = null] = ids;
      return ids.length === 1 ? { text: token, isToken: true, id } : { text: token, isToken: false, id: null };
    }),
  };
}

/** Texts of the template that look like control tokens, and the values of the `…_token` variables that it reads. */
function controlTexts(text: string, free: readonly string[], variables: Record<string, unknown>): string[] {
  const found = new Set<string>(withoutComments(text).match(controlToken) ?? []);
  for (const name of free) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (name.endsWith('_token') && typeof value === 'string' && value !== '') found.add(value);
  }
  return [...found].slice(0, mostTokens);
}
