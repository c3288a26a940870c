/** Attributes, items and methods, as Jinja's sandbox gives them: nothing of JavaScript, nothing that changes data. */
import { inOrder } from './arguments';
import { charAt, stringMethods } from './stringMethods';
import type { RenderState } from './state';
import { str } from './text';
import {
  Callable,
  defined,
  dictGet,
  dictItems,
  dictKeys,
  dictMember,
  equals,
  Group,
  isDict,
  isPlainDict,
  lift,
  Loop,
  Namespace,
  Stream,
  TemplateFault,
  Tuple,
  typeName,
  Undefined,
  type Keywords,
  type PlainDict,
  type Value,
} from './values';

type Dict = PlainDict | Map<Value, Value>;

const dictMethods: Readonly<Record<string, (dict: Dict, args: Value[], keywords: Keywords) => Value>> = {
  items: (dict) => dictItems(dict).map((pair) => Tuple.holding(pair)),
  keys: (dict) => dictKeys(dict),
  values: (dict) => dictItems(dict).map(([, value]) => value),
  get: (dict, args, keywords) => {
    const [key, fallback] = inOrder('get', args, keywords, ['key', 'default']);
    const value = dictGet(dict, key);
    return value === undefined ? (fallback ?? null) : value;
  },
  copy: (dict) => new Map(dictItems(dict)),
};
const listMethods: Readonly<Record<string, (list: readonly Value[], args: Value[]) => Value>> = {
  index: (list, [item]) => {
    const at = list.findIndex((_, index) => equals(lift(list, index), item));
    if (at < 0) throw new TemplateFault('the item is not in the list');
    return at;
  },
  count: (list, [item]) =>
    list.reduce<number>((count, _, index) => count + (equals(lift(list, index), item) ? 1 : 0), 0),
  copy: (list) => list.map((_, index) => lift(list, index)),
};
/** Python has these; the sandbox refuses them. */
const changing: ReadonlySet<string> = new Set(
  'append clear extend insert pop popitem remove reverse sort setdefault update fromkeys'.split(' '),
);

const refused = (value: Value, name: string): TemplateFault =>
  new TemplateFault(
    `'${name}' of a ${typeName(value)} would change it, which the sandbox refuses; build a new one with + or namespace()`,
  );

function methodOf(
  value: Value,
  name: string,
): ((state: RenderState, args: Value[], keywords: Keywords) => Value) | null {
  if (typeof value === 'string') {
    if (!Object.hasOwn(stringMethods, name)) return null;
    const method = stringMethods[name];
    return method ? (state, args, keywords) => method(state, value, args, keywords) : null;
  }
  if (Array.isArray(value)) {
    const method = Object.hasOwn(listMethods, name) ? listMethods[name] : undefined;
    if (method) return (_, args) => method(value, args);
  } else if (isDict(value)) {
    const method = Object.hasOwn(dictMethods, name) ? dictMethods[name] : undefined;
    if (method) return (_, args, keywords) => method(value, args, keywords);
  }
  if ((Array.isArray(value) || isDict(value)) && changing.has(name) && !(value instanceof Tuple))
    throw refused(value, name);
  return null;
}

/** `object.name`: a method, else a member of that name. */
export function attribute(object: Value, name: string): Value {
  if (isPlainDict(object)) {
    if (!Object.hasOwn(dictMethods, name)) {
      const value = dictMember(object, name);
      if (value !== undefined) return value;
      if (changing.has(name)) throw refused(object, name);
      return new Undefined(`'dict object' has no attribute '${name}'`);
    }
  }
  if (object instanceof Namespace) {
    const member: Value = object.members.get(name);
    // None is a value.
    return member === undefined ? new Undefined(`'namespace object' has no attribute '${name}'`) : member;
  }
  if (object instanceof Loop) return object.attribute(name);
  if (object instanceof Group && (name === 'grouper' || name === 'list')) return object[name === 'grouper' ? 0 : 1];
  defined(object);
  const own: Value = object instanceof Map ? object.get(name) : undefined;
  if (own !== undefined && changing.has(name)) return own;
  const method = methodOf(object, name);
  if (method) return new Callable(name, method);
  return own === undefined ? new Undefined(`'${describe(object)}' has no attribute '${name}'`) : own;
}

/** `object[key]`: a member, else an attribute of that name. */
export function item(object: Value, key: Value): Value {
  if (typeof key === 'string' && isPlainDict(object)) {
    const value = dictMember(object, key);
    if (value !== undefined) return value;
  } else if (
    Array.isArray(object) &&
    !(object instanceof Stream) &&
    (typeof key === 'number' || typeof key === 'boolean')
  ) {
    const at = Number(key);
    const index = at < 0 ? at + object.length : at;
    return index in object && index >= 0 && index < object.length
      ? lift(object, index)
      : new Undefined(`${typeName(object)} object has no element ${at}`);
  } else if (object instanceof Map) {
    const value = dictGet(object, key);
    if (value !== undefined) return value;
  } else if (typeof object === 'string' && typeof key === 'number') {
    return charAt(object, key) ?? new Undefined(`str object has no element ${key}`);
  }
  defined(object);
  if (typeof key === 'string') {
    if (isDict(object) && changing.has(key)) return new Undefined(`'dict object' has no attribute '${key}'`);
    return attribute(object, key);
  }
  return new Undefined(`${describe(object)} has no element ${str(key)}`);
}

/** Calls a method of a value. Fails when there is none. */
export function callMethod(state: RenderState, object: Value, name: string, args: Value[], keywords: Keywords): Value {
  if (typeof object === 'string' && Object.hasOwn(stringMethods, name)) {
    const method = stringMethods[name];
    if (method) return method(state, object, args, keywords);
  }
  return callValue(state, attribute(object, name), args, keywords);
}

export function callValue(state: RenderState, callee: Value, args: Value[], keywords: Keywords): Value {
  if (callee instanceof Callable) return callee.call(state, args, keywords);
  if (callee instanceof Loop && callee.again) return callee.again.call(state, args, keywords);
  defined(callee);
  throw new TemplateFault(`'${typeName(callee)}' object is not callable`);
}

const describe = (value: Value): string => (value === null ? 'None' : `${typeName(value)} object`);
