/**
 * Chat templates as transformers runs them (`trim_blocks`, `lstrip_blocks`, `raise_exception`, `strftime_now`, `tojson`),
 * under limits of work and size, recording which part of the output each message and each `{% generation %}` block made.
 *
 * `@huggingface/jinja` renders but keeps no positions. Its interpreter evaluates the body of every block through one
 * method; wrapping that method on the instance shows each loop body with its loop variable. A loop variable that *is*
 * one of the messages (by identity) names the turn. `{% generation %}` tags become expressions that print a mark.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { TunesmithError } from '../../lib/errors';
import { freeAlphabet, generationMarks, markTurn, readMarks, type MarkAlphabet, type MarkedText } from './marks';
import { runAsPython } from './pythonHooks';
import { toRuntime } from './runtimeValues';
import { strftime } from './strftime';

type Program = ReturnType<typeof parse>;
type Statements = Program['body'];
interface TextValue {
  type: string;
  value: string;
}
/** The interpreter's private side that is used here; `jinja.test.ts` fails when an update changes it. */
interface BlockHooks {
  evaluateBlock(statements: Statements, environment: Environment): TextValue;
}

interface TemplateLimits {
  /** Blocks evaluated in one rendering. A thousand-message conversation takes about ten thousand. */
  blocks: number;
  /** UTF-16 units of any block's output. */
  outputUnits: number;
  milliseconds: number;
}

/** Generous for any honest template; a hostile one is stopped in two seconds. */
export const defaultLimits: TemplateLimits = { blocks: 2_000_000, outputUnits: 1 << 26, milliseconds: 2000 };
const longestRange = 1_000_000;
const longestTemplate = 1 << 20;

const generationTag = /\{%([-+]?)\s*(end)?generation\s*([-+]?)%\}/g;
const comments = /\{#[\s\S]*?#\}/g;

/** Whether a template holds `{% generation %}` tags (those inside comments do not count). */
export function hasGenerationTags(source: string): boolean {
  return /\{%[-+]?\s*generation\s*[-+]?%\}/.test(source.replace(comments, ''));
}

export class CompiledTemplate {
  readonly hasGenerationTags: boolean;
  readonly #program: Program;
  /** Loop body → names of its loop variables. */
  readonly #loops = new Map<Statements, string[]>();

  /** Throws `template/invalid` for a template that does not parse. */
  constructor(
    readonly source: string,
    private readonly limits: TemplateLimits = defaultLimits,
  ) {
    if (source.length > longestTemplate) {
      throw new TunesmithError(
        'template/too-long',
        `chat template: at most ${longestTemplate} characters, got ${source.length}; shorten it`,
      );
    }
    this.hasGenerationTags = hasGenerationTags(source);
    // A block tag for a block tag, so that white space around it is treated the same.
    const marked = source.replace(
      generationTag,
      (_, before: string, end: string | undefined, after: string) =>
        `{%${before} if true %}{{ ${end ? 'tunesmith_generation_close' : 'tunesmith_generation_open'} }}{% endif ${after}%}`,
    );
    try {
      this.#program = parse(tokenize(marked, { trim_blocks: true, lstrip_blocks: true }));
    } catch (cause) {
      throw new TunesmithError(
        'template/invalid',
        `chat template: not valid Jinja: ${messageOf(cause)}; correct the template`,
        { cause },
      );
    }
    findLoops(this.#program, this.#loops);
  }

  /**
   * Renders with these variables. `variables.messages` must be a list; its entries' turns are recorded.
   * Throws `template/refused` (the template's own `raise_exception`), `template/limit`, or `template/failed`.
   */
  render(variables: Record<string, unknown>, texts: Iterable<string>): MarkedText {
    const alphabet = freeAlphabet(texts);
    if (!alphabet) {
      throw new TunesmithError('template/no-marks', 'text: it uses every private-use character there is; remove them');
    }
    const environment = globals(alphabet);
    for (const [name, value] of Object.entries(variables))
      environment.setVariable(name, toRuntime(value) as Parameters<Environment['setVariable']>[1]);
    const interpreter = new Interpreter(environment);
    runAsPython(interpreter);
    this.#watch(interpreter, environment, alphabet);
    try {
      const { value } = interpreter.run(this.#program) as unknown as TextValue;
      return readMarks(alphabet, value);
    } catch (cause) {
      if (cause instanceof TunesmithError) throw cause;
      throw new TunesmithError('template/failed', `chat template: ${messageOf(cause)}`, { cause });
    }
  }

  #watch(interpreter: Interpreter, environment: Environment, alphabet: MarkAlphabet): void {
    const messages = new Map<unknown, number>();
    const list = environment.lookupVariable('messages');
    if (Array.isArray(list.value)) list.value.forEach((message, index) => messages.set(message, index));
    const hooks = interpreter as unknown as BlockHooks;
    const evaluateBlock = hooks.evaluateBlock.bind(interpreter);
    const { blocks, outputUnits, milliseconds } = this.limits;
    const deadline = performance.now() + milliseconds;
    let evaluated = 0;
    hooks.evaluateBlock = (statements, scope) => {
      if (++evaluated > blocks || (evaluated % 1024 === 0 && performance.now() > deadline)) throw tooMuch('work');
      let message: number | undefined;
      for (const name of this.#loops.get(statements) ?? []) message ??= messages.get(scope.variables.get(name));
      const result = evaluateBlock(statements, scope);
      if (result.value.length > outputUnits) throw tooMuch('text');
      if (message !== undefined && result.value !== '') result.value = markTurn(alphabet, message, result.value);
      return result;
    };
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
const tooMuch = (what: string): TunesmithError =>
  new TunesmithError(
    'template/limit',
    `chat template: too much ${what} for one conversation; look for an endless loop`,
  );

/** The names transformers gives to every template. */
function globals(alphabet: MarkAlphabet): Environment {
  const environment = new Environment();
  const marks = generationMarks(alphabet);
  const constants = { true: true, false: false, none: null, True: true, False: false, None: null };
  for (const [name, value] of Object.entries(constants)) environment.set(name, value);
  environment.set('tunesmith_generation_open', marks.open);
  environment.set('tunesmith_generation_close', marks.close);
  environment.set('raise_exception', (message: unknown) => {
    throw new TunesmithError('template/refused', String(message));
  });
  environment.set('strftime_now', (format: unknown) => strftime(new Date(), String(format)));
  environment.set('range', (start: number, stop?: number, step = 1) => {
    const [from, to] = stop === undefined ? [0, start] : [start, stop];
    if (step === 0 || (to - from) / step > longestRange) throw tooMuch('work');
    const numbers: number[] = [];
    for (let value = from; step > 0 ? value < to : value > to; value += step) numbers.push(value);
    return numbers;
  });
  return environment;
}

function findLoops(node: unknown, loops: Map<Statements, string[]>): void {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const child of node) findLoops(child, loops);
    return;
  }
  const { type, loopvar, body } = node as { type?: string; loopvar?: unknown; body?: Statements };
  if (type === 'For' && body) loops.set(body, namesIn(loopvar));
  for (const child of node instanceof Map ? [...node.entries()].flat() : Object.values(node)) findLoops(child, loops);
}

function namesIn(loopVariable: unknown): string[] {
  const { type, value } = loopVariable as { type: string; value: unknown };
  if (type === 'Identifier' && typeof value === 'string') return [value];
  return Array.isArray(value) ? value.flatMap(namesIn) : [];
}
