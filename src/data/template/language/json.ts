/** `json.dumps` of a template's value. */
import { floatText } from '../pythonText';
import type { RenderState } from './state';
import { dictItems, Float, isDict, lift, Stream, TemplateFault, typeName, type Value } from './values';

export interface DumpOptions {
  indent: string | null;
  ensureAscii: boolean;
  sortKeys: boolean;
  separators: [string, string] | null;
}

const deepest = 400;

/** JSON text. Fails for what JSON has no form for. */
export function dumpJson(state: RenderState, value: Value, options: DumpOptions): string {
  const { indent, ensureAscii, sortKeys } = options;
  const [itemSeparator, keySeparator] = options.separators ?? [indent === null ? ', ' : ',', ': '];
  const text = (plain: string): string => {
    state.work(plain.length);
    const quoted = JSON.stringify(plain);
    return ensureAscii
      ? quoted.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : quoted;
  };
  const wrap = (open: string, items: string[], close: string, depth: number): string => {
    if (items.length === 0) return open + close;
    if (indent === null) return open + items.join(itemSeparator) + close;
    const outer = `\n${indent.repeat(depth)}`;
    const inner = outer + indent;
    state.spend(items.length * inner.length);
    return open + inner + items.join(itemSeparator + inner) + outer + close;
  };
  const dump = (one: Value, depth: number): string => {
    if (depth > deepest) throw new TemplateFault('tojson: data nested too deeply');
    state.step(state.at);
    if (one === null) return 'null';
    switch (typeof one) {
      case 'string':
        return text(one);
      case 'number':
      case 'bigint':
        return one.toString();
      case 'boolean':
        return one ? 'true' : 'false';
    }
    if (one instanceof Float) return floatText(one.value);
    if (Array.isArray(one) && !(one instanceof Stream)) {
      return wrap(
        '[',
        one.map((_, index) => dump(lift(one, index), depth + 1)),
        ']',
        depth,
      );
    }
    if (isDict(one)) {
      const entries = dictItems(one).map(([key, item]): [string, Value] => [keyText(key), item]);
      if (sortKeys) entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      return wrap(
        '{',
        entries.map(([key, item]) => text(key) + keySeparator + dump(item, depth + 1)),
        '}',
        depth,
      );
    }
    throw new TemplateFault(`Object of type ${typeName(one)} is not JSON serializable`);
  };
  const result = dump(value, 0);
  state.spend(result.length);
  return result;
}

function keyText(key: Value): string {
  if (typeof key === 'string') return key;
  if (key === null) return 'null';
  if (typeof key === 'number' || typeof key === 'bigint' || typeof key === 'boolean') return String(key);
  if (key instanceof Float) return floatText(key.value);
  throw new TemplateFault(`keys must be str, int, float, bool or None, not ${typeName(key)}`);
}
