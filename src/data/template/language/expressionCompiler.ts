/** Expressions → functions. Each sets the state's place before what may fail, so that an error can name it. */
import type { Argument, BlockFilter, Expression } from './ast';
import { checkOf } from './checks';
import { filterOf } from './filters';
import { attribute, callMethod, callValue, item } from './members';
import { binary, holds, negative, place as placeNumber, slice } from './operators';
import { invalid } from './place';
import { FunctionScope, type Frame, type SlotPlace } from './scopes';
import type { RenderState } from './state';
import { str } from './text';
import {
  defined,
  dictItems,
  dictMember,
  equals,
  Float,
  isDict,
  isNumber,
  isPlainDict,
  isTrue,
  itemsOf,
  keyOf,
  lift,
  TemplateFault,
  Tuple,
  typeName,
  Undefined,
  type Keywords,
  type Value,
} from './values';

export type Get = (state: RenderState, frame: Frame) => Value;
type GetArguments = (state: RenderState, frame: Frame) => [Value[], Keywords];

/** Calls with the place set, so that what fails inside is told at the call. */
export function callWith(state: RenderState, callee: Value, args: Value[], keywords: Keywords, at: number): Value {
  state.at = at;
  state.step(at);
  return callValue(state, callee, args, keywords);
}

/** Accounts for an operation that reads a long text or list. */
function weigh(state: RenderState, value: Value, at: number): void {
  if ((typeof value === 'string' || Array.isArray(value)) && value.length > 1024) {
    state.at = at;
    state.work(value.length);
  }
}

/** Methods that a mapping has: such a name is not looked up among its members first. */
const dictMethodNames: ReadonlySet<string> = new Set(['items', 'keys', 'values', 'get', 'copy']);

export class ExpressionCompiler {
  readonly root = new FunctionScope(null);
  current = this.root;
  /** Names that no scope knows, or not always: variables from outside, by slot of the root frame. */
  readonly outside = new Map<string, number>();
  /** Those that are read before anything is assigned to them. */
  readonly free = new Set<string>();
  #conditions = 0;

  constructor(readonly source: string) {}

  /** Compiles what may never run: unknown filters in it are told only when it does, as in Jinja. */
  conditionally<R>(compile: () => R): R {
    this.#conditions++;
    const result = compile();
    this.#conditions--;
    return result;
  }

  expression(node: Expression): Get {
    const { at } = node;
    switch (node.type) {
      case 'constant': {
        const { value } = node;
        return () => value;
      }
      case 'float': {
        const value = new Float(node.value);
        return () => value;
      }
      case 'name':
        return this.#name(node.name);
      case 'list': {
        const items = node.items.map((one) => this.expression(one));
        return (state, frame) => items.map((one) => one(state, frame));
      }
      case 'tuple': {
        const items = node.items.map((one) => this.expression(one));
        return (state, frame) => Tuple.holding(items.map((one) => one(state, frame)));
      }
      case 'dict': {
        const entries = node.entries.map(([key, value]) => [this.expression(key), this.expression(value)] as const);
        return (state, frame) => {
          const dict = new Map<Value, Value>();
          for (const [key, value] of entries) {
            const name = key(state, frame);
            state.at = at;
            if (Array.isArray(name) || isDict(name)) throw new TemplateFault(`unhashable type: '${typeName(name)}'`);
            dict.set(keyOf(name), value(state, frame));
          }
          return dict;
        };
      }
      case 'and': {
        const [left, right] = [this.expression(node.left), this.expression(node.right)];
        return (state, frame) => {
          const value = left(state, frame);
          return isTrue(value) ? right(state, frame) : value;
        };
      }
      case 'or': {
        const [left, right] = [this.expression(node.left), this.expression(node.right)];
        return (state, frame) => {
          const value = left(state, frame);
          return isTrue(value) ? value : right(state, frame);
        };
      }
      case 'not': {
        const value = this.expression(node.value);
        return (state, frame) => !isTrue(value(state, frame));
      }
      case 'negative': {
        const value = this.expression(node.value);
        return (state, frame) => {
          const number = value(state, frame);
          state.at = at;
          return negative(number);
        };
      }
      case 'positive': {
        const value = this.expression(node.value);
        return (state, frame) => {
          const number = value(state, frame);
          state.at = at;
          if (!isNumber(number))
            throw new TemplateFault(`bad operand type for unary +: '${typeName(defined(number))}'`);
          return typeof number === 'boolean' ? Number(number) : number;
        };
      }
      case 'condition': {
        const test = this.expression(node.test);
        const yes = this.conditionally(() => this.expression(node.yes));
        const no = node.no && this.conditionally(() => this.expression(node.no as Expression));
        const nothing = new Undefined('the inline if-expression evaluated to false and no else section was defined.');
        return (state, frame) => (isTrue(test(state, frame)) ? yes(state, frame) : no ? no(state, frame) : nothing);
      }
      case 'binary':
        return this.#binary(node);
      case 'concat': {
        const items = node.items.map((one) => this.expression(one));
        return (state, frame) => {
          let text = '';
          for (const one of items) {
            const value = one(state, frame);
            const piece = typeof value === 'string' ? value : str(value);
            state.at = at;
            state.spend(text.length + piece.length);
            text += piece;
          }
          return text;
        };
      }
      case 'compare':
        return this.#compare(node);
      case 'attribute': {
        const object = this.expression(node.object);
        const { name } = node;
        const isMember = !dictMethodNames.has(name);
        return (state, frame) => {
          const value = object(state, frame);
          if (isMember && isPlainDict(value)) {
            const member = dictMember(value, name);
            if (member !== undefined) return member;
          }
          state.at = at;
          return attribute(value, name);
        };
      }
      case 'item': {
        const object = this.expression(node.object);
        const key = this.expression(node.key);
        return (state, frame) => {
          const value = object(state, frame);
          const name = key(state, frame);
          state.at = at;
          return item(value, name);
        };
      }
      case 'slice': {
        const object = this.expression(node.object);
        const none: Get = () => null;
        const [start, stop, step] = [node.start, node.stop, node.step].map((one) =>
          one ? this.expression(one) : none,
        ) as [Get, Get, Get];
        return (state, frame) => {
          const value = object(state, frame);
          const range = [start(state, frame), stop(state, frame), step(state, frame)] as const;
          state.at = at;
          return slice(state, value, placeNumber(range[0]), placeNumber(range[1]), placeNumber(range[2]));
        };
      }
      case 'call':
        return this.#call(node);
      case 'filter': {
        const value = this.expression(node.value);
        const apply = this.#filter(node.name, node.args, at);
        return (state, frame) => apply(state, frame, value(state, frame));
      }
      case 'test':
        return this.#test(node);
    }
  }

  #name(name: string): Get {
    const places: SlotPlace[] = [];
    let hops = 0;
    let isAssigned = false;
    for (let scope: FunctionScope | null = this.current; scope; scope = scope.parent, hops++) {
      for (const { names, assigned } of scope.scopes.toReversed()) {
        const slot = names.get(name);
        if (slot !== undefined) places.push({ hops, slot });
        isAssigned ||= assigned.has(name);
      }
    }
    let outer = this.outside.get(name);
    if (outer === undefined) {
      outer = this.root.newSlot();
      this.outside.set(name, outer);
    }
    if (!isAssigned) this.free.add(name);
    places.push({ hops: hops - 1, slot: outer });
    const [first] = places;
    if (places.length === 1 && first?.hops === 0) {
      const { slot } = first;
      return (_, frame) => frame.slots[slot];
    }
    if (first?.hops === 0 && places.length === 2 && places[1]?.hops === 0) {
      const { slot } = first;
      const other = places[1].slot;
      return (_, frame) => {
        const value = frame.slots[slot];
        return value === undefined ? frame.slots[other] : value;
      };
    }
    return (_, frame) => {
      let at: Frame | null = frame;
      let up = 0;
      for (const { hops: distance, slot } of places) {
        for (; up < distance && at; up++) at = at.parent;
        const value = at?.slots[slot];
        if (value !== undefined) return value;
      }
      return new Undefined(`'${name}' is undefined`);
    };
  }

  #binary({ operator, left, right, at }: Extract<Expression, { type: 'binary' }>): Get {
    const [first, second] = [this.expression(left), this.expression(right)];
    if (operator === '+') {
      return (state, frame) => {
        const one = first(state, frame);
        const other = second(state, frame);
        if (typeof one === 'string' && typeof other === 'string' && one.length + other.length < 1024)
          return one + other;
        state.at = at;
        return binary(state, '+', one, other);
      };
    }
    return (state, frame) => {
      const one = first(state, frame);
      const other = second(state, frame);
      state.at = at;
      return binary(state, operator, one, other);
    };
  }

  #compare({ first, rest, at }: Extract<Expression, { type: 'compare' }>): Get {
    const start = this.expression(first);
    const steps = rest.map(({ operator, value }) => ({ operator, value: this.expression(value) }));
    const [only] = steps;
    if (steps.length === 1 && only && (only.operator === '==' || only.operator === '!=')) {
      const isEqual = only.operator === '==';
      const { value } = only;
      return (state, frame) => {
        const left = start(state, frame);
        const right = value(state, frame);
        weigh(state, left, at);
        return equals(left, right) === isEqual;
      };
    }
    return (state, frame) => {
      let left = start(state, frame);
      for (const { operator, value } of steps) {
        const right = value(state, frame);
        weigh(state, left, at);
        weigh(state, right, at);
        state.at = at;
        if (!holds(operator, left, right)) return false;
        left = right;
      }
      return true;
    };
  }

  #call({ callee, args, at }: Extract<Expression, { type: 'call' }>): Get {
    const getArguments = this.callArguments(args);
    if (callee.type === 'attribute') {
      const object = this.expression(callee.object);
      const { name } = callee;
      return (state, frame) => {
        const value = object(state, frame);
        const [list, keywords] = getArguments(state, frame);
        state.at = at;
        state.step(at);
        weigh(state, value, at);
        return callMethod(state, value, name, list, keywords);
      };
    }
    const target = this.expression(callee);
    return (state, frame) => {
      const value = target(state, frame);
      const [list, keywords] = getArguments(state, frame);
      return callWith(state, value, list, keywords, at);
    };
  }

  callArguments(args: Argument[]): GetArguments {
    if (args.length === 0) return () => [[], null];
    const compiled = args.map(({ key, value, spread }) => ({ key, spread, value: this.expression(value) }));
    if (compiled.every(({ key, spread }) => key === null && spread === '')) {
      return (state, frame) => [compiled.map(({ value }) => value(state, frame)), null];
    }
    return (state, frame) => {
      const list: Value[] = [];
      const keywords = new Map<string, Value>();
      for (const { key, spread, value } of compiled) {
        const result = value(state, frame);
        if (spread === '*') itemsOf(result).forEach((_, index, items) => list.push(lift(items, index)));
        else if (spread === '**') {
          if (!isDict(result)) throw new TemplateFault(`argument after ** must be a mapping, not ${typeName(result)}`);
          for (const [name, one] of dictItems(result)) keywords.set(str(name), one);
        } else if (key === null) list.push(result);
        else keywords.set(key, result);
      }
      return [list, keywords];
    };
  }

  #filter(name: string, args: Argument[], at: number): (state: RenderState, frame: Frame, value: Value) => Value {
    const filter = filterOf(name);
    if (!filter) {
      if (this.#conditions === 0) throw invalid(this.source, at, `no filter named "${name}"`);
      return (state) => {
        state.at = at;
        throw new TemplateFault(`no filter named '${name}'`);
      };
    }
    const getArguments = this.callArguments(args);
    return (state, frame, value) => {
      const [list, keywords] = getArguments(state, frame);
      state.at = at;
      state.step(at);
      weigh(state, value, at);
      return filter(state, value, list, keywords);
    };
  }

  /** Filters of a block's text, one after another. */
  blockFilters(filters: BlockFilter[]): (state: RenderState, frame: Frame, text: string) => Value {
    const compiled = filters.map(({ name, args, at }) => this.#filter(name, args, at));
    return (state, frame, text) => compiled.reduce<Value>((value, filter) => filter(state, frame, value), text);
  }

  #test({ name, value, args, at }: Extract<Expression, { type: 'test' }>): Get {
    const operand = this.expression(value);
    if (name === 'filter' || name === 'test') {
      const [argument] = this.#positional(args);
      const known = name === 'filter' ? filterOf : checkOf;
      return (state, frame) => {
        operand(state, frame);
        return known(str((argument ?? operand)(state, frame))) !== null;
      };
    }
    const check = checkOf(name);
    if (!check) {
      if (this.#conditions === 0) throw invalid(this.source, at, `no test named "${name}"`);
      return (state) => {
        state.at = at;
        throw new TemplateFault(`no test named '${name}'`);
      };
    }
    const list = this.#positional(args);
    return (state, frame) => {
      const result = operand(state, frame);
      const others = list.length === 0 ? [] : list.map((one) => one(state, frame));
      state.at = at;
      return check(state, result, others);
    };
  }
  #positional(args: Argument[]): Get[] {
    return args.map(({ value }) => this.expression(value));
  }
}
