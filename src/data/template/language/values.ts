/**
 * The values of a template: Python's, on plain JavaScript data, so that rows need no conversion.
 *
 * str is a string, int a number (a bigint beyond 2^53), float a {@link Float}, bool a boolean, None null, list an array,
 * tuple a {@link Tuple}, dict a plain object (data) or a Map (made by the template). A number inside the data is an int
 * or a float by its text where `noteExact` has seen that, else by its value.
 */
import { exactOf } from '../../../formats/jsonl/exactJson';
import type { RenderState } from './state';
import { worked } from './work';

export type Value = unknown;
export type Keywords = ReadonlyMap<string, Value> | null;

/** An error of the running template; the place is added where it is caught. */
export class TemplateFault extends Error {}

export class Float {
  constructor(readonly value: number) {}
}

export class Tuple extends Array<Value> {
  /** Methods of Array make plain lists. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
  static holding(items: readonly Value[]): Tuple {
    const tuple = new this();
    for (const item of items) tuple.push(item);
    return tuple;
  }
}

/** A key and its items, as `groupby` gives them. */
export class Group extends Tuple {}

/** What a filter such as `map` gives: gone through like a list, but true even when empty and without a length, as Python's generators. */
export class Stream extends Array<Value> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
  static over(items: Iterable<Value>): Stream {
    const stream = new Stream();
    for (const item of items) stream.push(item);
    return stream;
  }
}

/** What a name, attribute or item is that isn't there: prints nothing, is false, and fails when it is worked with. */
export class Undefined {
  constructor(readonly why: string) {}
}

export class Namespace {
  readonly members = new Map<string, Value>();
}

/** Something that a template can call. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (state: RenderState, args: Value[], keywords: Keywords) => Value,
  ) {}
}

/** The variable `loop` of one running loop. */
export class Loop {
  index0 = 0;
  #lastChanged: Value[] | null = null;
  constructor(
    readonly items: readonly Value[],
    readonly depth0: number,
    /** `loop(items)` of a recursive loop. */
    readonly again: Callable | null,
  ) {}

  attribute(name: string): Value {
    const { index0, items } = this;
    switch (name) {
      case 'index':
        return index0 + 1;
      case 'index0':
        return index0;
      case 'first':
        return index0 === 0;
      case 'last':
        return index0 === items.length - 1;
      case 'length':
        return items.length;
      case 'revindex':
        return items.length - index0;
      case 'revindex0':
        return items.length - index0 - 1;
      case 'previtem':
        return index0 > 0 ? lift(items, index0 - 1) : new Undefined('there is no previous item');
      case 'nextitem':
        return index0 + 1 < items.length ? lift(items, index0 + 1) : new Undefined('there is no next item');
      case 'depth':
        return this.depth0 + 1;
      case 'depth0':
        return this.depth0;
      case 'cycle':
        return new Callable('cycle', (_, args) => {
          if (args.length === 0) throw new TemplateFault('no items for cycling given');
          return args[index0 % args.length];
        });
      case 'changed':
        return new Callable('changed', (_, args) => {
          const isSame = this.#lastChanged !== null && equals(this.#lastChanged, args);
          this.#lastChanged = args;
          return !isSame;
        });
      default:
        return new Undefined(`'loop' has no attribute '${name}'`);
    }
  }
}

export type PlainDict = Record<string, Value>;

export function isPlainDict(value: Value): value is PlainDict {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
export const isDict = (value: Value): value is PlainDict | Map<Value, Value> =>
  value instanceof Map || isPlainDict(value);
export const isNumber = (value: Value): value is number | bigint | boolean | Float =>
  typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean' || value instanceof Float;

/** A number of the data as an int or float. */
function liftNumber(container: object | null, key: string | number, value: number): Value {
  const literal = container === null ? undefined : exactOf(container)?.literals.get(key);
  if (literal !== undefined) {
    if (/[.eE]/.test(literal)) return new Float(Number(literal));
    return Number.isSafeInteger(value) ? value : BigInt(literal);
  }
  if (Number.isSafeInteger(value)) return value;
  return Number.isInteger(value) ? BigInt(value) : new Float(value);
}

/** Member of a list, ready to use. */
export function lift(list: readonly Value[], index: number): Value {
  const value = list[index];
  if (typeof value === 'number') return liftNumber(list, index, value);
  return value === undefined ? new Undefined('list item is undefined') : value;
}

/** A variable from outside. */
export const liftVariable = (value: Value): Value => (typeof value === 'number' ? liftNumber(null, '', value) : value);

/** Own member of data; undefined when there is none. */
export function dictMember(dict: PlainDict, key: string): Value {
  if (!Object.hasOwn(dict, key)) return undefined;
  const value = dict[key];
  return typeof value === 'number' ? liftNumber(dict, key, value) : value;
}

export const keyOf = (key: Value): Value => {
  if (key instanceof Float && Number.isInteger(key.value)) return key.value;
  if (typeof key === 'boolean') return Number(key);
  return key;
};

export function dictGet(dict: PlainDict | Map<Value, Value>, key: Value): Value {
  if (dict instanceof Map) return dict.get(keyOf(key));
  return typeof key === 'string' ? dictMember(dict, key) : undefined;
}
export const dictKeys = (dict: PlainDict | Map<Value, Value>): Value[] =>
  dict instanceof Map
    ? [...dict.keys()]
    : (exactOf(dict)?.order ?? Object.keys(dict)).filter((key) => dict[key] !== undefined);
export const dictSize = (dict: PlainDict | Map<Value, Value>): number =>
  dict instanceof Map ? dict.size : Object.keys(dict).length;
export const dictItems = (dict: PlainDict | Map<Value, Value>): [Value, Value][] =>
  dictKeys(dict).map((key) => [key, dictGet(dict, key) ?? null]);

/** Python's name of a value's type. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType';
  switch (typeof value) {
    case 'string':
      return 'str';
    case 'number':
    case 'bigint':
      return 'int';
    case 'boolean':
      return 'bool';
  }
  if (value instanceof Float) return 'float';
  if (value instanceof Tuple) return 'tuple';
  if (value instanceof Stream) return 'generator';
  if (Array.isArray(value)) return 'list';
  if (isDict(value)) return 'dict';
  if (value instanceof Undefined) return 'Undefined';
  if (value instanceof Callable) return 'function';
  return value instanceof Loop ? 'loop' : 'Namespace';
}

/** Fails for a value that isn't there. */
export function defined(value: Value): Value {
  if (value instanceof Undefined) throw new TemplateFault(value.why);
  return value;
}

export function isTrue(value: Value): boolean {
  switch (typeof value) {
    case 'string':
      return value !== '';
    case 'boolean':
      return value;
    case 'number':
      return value !== 0;
    case 'bigint':
      return value !== 0n;
  }
  if (value === null || value === undefined || value instanceof Undefined) return false;
  if (Array.isArray(value)) return value.length > 0 || value instanceof Stream;
  if (value instanceof Float) return value.value !== 0;
  return isDict(value) ? dictSize(value) > 0 : true;
}

/** A number's size for comparing; null for what is no number. */
function size(value: Value): number | bigint | null {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  if (typeof value === 'boolean') return Number(value);
  return value instanceof Float ? value.value : null;
}

export function equals(one: Value, other: Value): boolean {
  if (one === other) return true;
  const left = size(one);
  if (left !== null) {
    const right = size(other);
    // Loosely: a bigint and a number of the same size are one int.
    return right !== null && left == right;
  }
  if (Array.isArray(one)) {
    worked(one.length);
    if (!Array.isArray(other) || one.length !== other.length || one instanceof Tuple !== other instanceof Tuple)
      return false;
    return one.every((_, index) => equals(lift(one, index), lift(other, index)));
  }
  if (one instanceof Undefined) return other instanceof Undefined;
  if (isDict(one)) {
    worked(dictSize(one));
    if (!isDict(other) || dictSize(one) !== dictSize(other)) return false;
    return dictKeys(one).every((key) => {
      const there = dictGet(other, key);
      return there !== undefined && equals(dictGet(one, key), there);
    });
  }
  return false;
}

/** Negative, 0 or positive, as Python orders. Fails for values that have no order. */
export function compare(one: Value, other: Value, operator = '<'): number {
  const left = size(one);
  const right = size(other);
  if (left !== null && right !== null) return left < right ? -1 : left > right ? 1 : 0;
  if (typeof one === 'string' && typeof other === 'string') return compareText(one, other);
  if (Array.isArray(one) && Array.isArray(other)) {
    const length = Math.min(one.length, other.length);
    worked(length);
    for (let index = 0; index < length; index++) {
      const order = equals(lift(one, index), lift(other, index))
        ? 0
        : compare(lift(one, index), lift(other, index), operator);
      if (order !== 0) return order;
    }
    return one.length - other.length;
  }
  defined(one);
  defined(other);
  throw new TemplateFault(
    `'${operator}' not supported between instances of '${typeName(one)}' and '${typeName(other)}'`,
  );
}

/** By code point, which differs from UTF-16's order above the basic plane. */
function compareText(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  worked(length);
  for (let unit = 0; unit < length; unit++) {
    const left = one.charCodeAt(unit);
    const right = other.charCodeAt(unit);
    if (left === right) continue;
    const isHigh = left >= 0xd800 && left <= 0xdfff;
    if (isHigh !== (right >= 0xd800 && right <= 0xdfff)) return isHigh ? 1 : -1;
    return left - right;
  }
  return one.length - other.length;
}

const surrogate = /[\ud800-\udfff]/;
/** Whether a text's units are its code points. */
export const isBasic = (text: string): boolean => !surrogate.test(text);
export const textLength = (text: string): number => {
  if (isBasic(text)) return text.length;
  let count = 0;
  for (const _ of text) count++;
  return count;
};

/** What a loop goes through. Fails for what can't be gone through. */
export function itemsOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string') return Array.from(value);
  if (value instanceof Undefined) return [];
  if (isDict(value)) return dictKeys(value);
  throw new TemplateFault(`'${typeName(value)}' object is not iterable`);
}
