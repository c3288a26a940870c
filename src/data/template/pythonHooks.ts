/**
 * Corrections to `@huggingface/jinja`'s interpreter, made on one instance: `strip('…')` and its siblings take their
 * characters (the package ignores them, so that Qwen3's `lstrip('\n')` would eat spaces too), `trim` knows Python's
 * white space, `tojson` writes numbers as `json.dumps` does.
 */
import type { Environment, Interpreter } from '@huggingface/jinja';
import { dumpJson, strip, type RuntimeValue } from './pythonText';
import { toRuntime } from './runtimeValues';

interface Node {
  type: string;
  value?: unknown;
  callee?: Node;
  object?: Node;
  property?: Node;
  computed?: boolean;
  args?: Node[];
}

/** The interpreter's private side that is used here; `jinja.test.ts` fails when an update changes it. */
interface Hooks {
  evaluate(node: Node, scope: Environment): RuntimeValue;
  evaluateArguments(args: Node[], scope: Environment): [RuntimeValue[], Map<string, RuntimeValue>];
  evaluateCallExpression(node: Node, scope: Environment): RuntimeValue;
  applyFilter(operand: RuntimeValue, filter: Node, scope: Environment): RuntimeValue;
}

const stripNames: readonly unknown[] = ['strip', 'lstrip', 'rstrip'];
type Side = 'strip' | 'lstrip' | 'rstrip';

/** Installs the corrections. */
export function runAsPython(interpreter: Interpreter): void {
  const hooks = interpreter as unknown as Hooks;
  const call = hooks.evaluateCallExpression.bind(interpreter);
  const filter = hooks.applyFilter.bind(interpreter);

  hooks.evaluateCallExpression = (node, scope) => {
    const { callee } = node;
    if (callee?.type !== 'MemberExpression' || callee.computed || !callee.object) return call(node, scope);
    const name = callee.property?.value;
    if (!stripNames.includes(name)) return call(node, scope);
    const object = hooks.evaluate(callee.object, scope);
    if (object.type !== 'StringValue') return call(node, scope);
    const [[chars]] = hooks.evaluateArguments(node.args ?? [], scope);
    return toRuntime(
      strip(String(object.value), name as Side, chars?.type === 'StringValue' ? String(chars.value) : null),
    );
  };

  hooks.applyFilter = (operand, node, scope) => {
    const name = node.type === 'CallExpression' ? node.callee?.value : node.value;
    if (name !== 'trim' && name !== 'tojson') return filter(operand, node, scope);
    const [args, named] = hooks.evaluateArguments(node.type === 'CallExpression' ? (node.args ?? []) : [], scope);
    if (name === 'trim') {
      if (operand.type !== 'StringValue') return filter(operand, node, scope);
      const chars = args[0] ?? named.get('chars');
      return toRuntime(
        strip(String(operand.value), 'strip', chars?.type === 'StringValue' ? String(chars.value) : null),
      );
    }
    // transformers: tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False)
    const option = (place: number, key: string): RuntimeValue | undefined => args[place] ?? named.get(key);
    const indent = option(1, 'indent');
    const separators = option(2, 'separators');
    return toRuntime(
      dumpJson(operand, {
        ensureAscii: option(0, 'ensure_ascii')?.value === true,
        indent: typeof indent?.value === 'number' ? indent.value : null,
        separators: Array.isArray(separators?.value)
          ? (separators.value.map((part: RuntimeValue) => String(part.value)) as [string, string])
          : null,
        sortKeys: option(3, 'sort_keys')?.value === true,
      }),
    );
  };
}
