/**
 * What transformers.js would make of a template: it renders with `@huggingface/jinja`, which reads a few things otherwise
 * than Python (`strip('\n')` strips every white space there). Whoever takes a model to a browser or to Node wants to know.
 */
import { Interpreter, Template } from '@huggingface/jinja';
import type { Conversation } from '../../protocol/conversation';
import type { ChatTemplate } from './chatTemplate';

/** That interpreter takes up to a hundred times as long as ours: it is asked only where ours was quick. */
const quickMs = 30;
/** It has no limits, and a template that tells the two apart could go on for ever, or fill the memory, there alone. */
const mostMs = 1000;
const longestRange = 100_000;
const mostUnits = 1 << 24;

type Evaluate = Interpreter['evaluate'];
type TheirValue = ReturnType<Evaluate>;

class TooMuch extends Error {}

/**
 * Renders a conversation both ways. `null`: not asked, because our own rendering failed or took long, or theirs does not end.
 * @returns whether transformers.js renders the same text, another one, or refuses.
 */
export function transformersJsOpinion(
  template: ChatTemplate,
  conversation: Pick<Conversation, 'messages' | 'tools'>,
): 'same' | 'different' | 'refused' | null {
  let text: string;
  const begun = performance.now();
  try {
    ({ text } = template.render(conversation));
  } catch {
    return null;
  }
  if (performance.now() - begun > quickMs) return null;
  try {
    const theirs = limited(() => new Template(template.source).render(template.contextOf(conversation)));
    return theirs === text ? 'same' : 'different';
  } catch (error) {
    return error instanceof TooMuch ? null : 'refused';
  }
}

/** Runs their interpreter under limits of time and size: each of its steps is looked at. Throws {@link TooMuch}. */
function limited(render: () => string): string {
  const evaluate = Object.getOwnPropertyDescriptor(Interpreter.prototype, 'evaluate')?.value as Evaluate;
  const deadline = performance.now() + mostMs;
  const weigh = scales();
  const step: Evaluate = function (this: Interpreter, statement, environment) {
    if (statement?.type === 'Program') limitRange(environment.variables.get('range'));
    const value = evaluate.call(this, statement, environment);
    if (weigh(value) > mostUnits || performance.now() > deadline) throw new TooMuch();
    return value;
  };
  Interpreter.prototype.evaluate = step;
  try {
    return render();
  } finally {
    Interpreter.prototype.evaluate = evaluate;
  }
}

/** Each rendering has a `range` of its own. */
function limitRange(range: TheirValue | undefined): void {
  if (range?.type !== 'FunctionValue') return;
  const theirs = range.value as (args: TheirValue[], scope: unknown) => TheirValue;
  range.value = (args: TheirValue[], scope: unknown) => {
    const [first = 0, second, step = 1] = args.map(({ value }) => Number(value));
    const [from, to] = second === undefined || Number.isNaN(second) ? [0, first] : [first, second];
    if (Math.abs((to - from) / step) > longestRange) throw new TooMuch();
    return theirs(args, scope);
  };
}

/** How long a value is when it is printed: a list that hangs in many places counts in each. */
function scales(): (value: TheirValue) => number {
  const known = new WeakMap<TheirValue, number>();
  const sum = (values: Iterable<TheirValue>): number => {
    let units = 1;
    for (const value of values) {
      // What it will hold is not known yet; no honest template puts one into another value.
      if (value.type === 'NamespaceValue') throw new TooMuch();
      units += weigh(value);
    }
    return units;
  };
  const weigh = (value: TheirValue): number => {
    const { value: plain } = value;
    if (typeof plain === 'string') return plain.length + 1;
    if (!Array.isArray(plain) && !(plain instanceof Map)) return 1;
    const before = known.get(value);
    if (before !== undefined) return before;
    const units = sum(plain.values() as Iterable<TheirValue>);
    if (value.type !== 'NamespaceValue') known.set(value, units);
    return units;
  };
  return weigh;
}
