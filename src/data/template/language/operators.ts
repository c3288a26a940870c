/** Arithmetic, joining, membership and slices as Python has them. */
import type { BinaryOperator, CompareOperator } from './ast';
import type { RenderState } from './state';
import { formatPercent } from './formatText';
import {
  compare,
  defined,
  dictGet,
  dictSize,
  equals,
  Float,
  isBasic,
  isDict,
  isNumber,
  lift,
  Stream,
  TemplateFault,
  textLength,
  Tuple,
  typeName,
  type Value,
} from './values';

const longestInteger = 1n << 4096n;

/** An int in its smallest form. */
export function int(value: bigint): number | bigint {
  if (value > longestInteger || value < -longestInteger) throw new TemplateFault('integer too large');
  return value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

const asFloat = (value: number | bigint | boolean | Float): number =>
  value instanceof Float ? value.value : Number(value);
const asBigInt = (value: number | bigint | boolean): bigint => BigInt(value);

export function binary(state: RenderState, operator: BinaryOperator, left: Value, right: Value): Value {
  if (operator === '+' && typeof left === 'string' && typeof right === 'string') {
    state.spend(left.length + right.length);
    return left + right;
  }
  if (isNumber(left) && isNumber(right)) return arithmetic(operator, left, right);
  if (
    operator === '+' &&
    Array.isArray(left) &&
    Array.isArray(right) &&
    left instanceof Tuple === right instanceof Tuple
  ) {
    state.spendItems(left.length + right.length);
    const items = [...left.map((_, index) => lift(left, index)), ...right.map((_, index) => lift(right, index))];
    return left instanceof Tuple ? Tuple.holding(items) : items;
  }
  if (operator === '*') {
    if (typeof right === 'number' || typeof right === 'boolean') return repeat(state, left, Number(right));
    if (typeof left === 'number' || typeof left === 'boolean') return repeat(state, right, Number(left));
  }
  if (operator === '%' && typeof left === 'string') return formatPercent(state, left, right);
  defined(left);
  defined(right);
  if (operator === '+' && typeof left === 'string')
    throw new TemplateFault(`can only concatenate str (not "${typeName(right)}") to str`);
  throw new TemplateFault(`unsupported operand type(s) for ${operator}: '${typeName(left)}' and '${typeName(right)}'`);
}

function repeat(state: RenderState, value: Value, times: number): Value {
  const count = Math.max(0, times);
  if (typeof value === 'string') {
    state.spend(value.length * count);
    return value.repeat(count);
  }
  if (Array.isArray(value)) {
    state.spendItems(value.length * count);
    const once = value.map((_, index) => lift(value, index));
    const items: Value[] = [];
    for (let time = 0; time < count; time++) for (const item of once) items.push(item);
    return value instanceof Tuple ? Tuple.holding(items) : items;
  }
  throw new TemplateFault(`can't multiply ${typeName(defined(value))} by an int`);
}

type Numeric = number | bigint | boolean | Float;

function arithmetic(operator: BinaryOperator, left: Numeric, right: Numeric): Value {
  if (operator === '/' || left instanceof Float || right instanceof Float)
    return floatArithmetic(operator, asFloat(left), asFloat(right));
  if ((operator === '//' || operator === '%') && Number(right) === 0)
    throw new TemplateFault('integer division or modulo by zero');
  if (operator === '**') {
    if (Number(right) < 0) return new Float(asFloat(left) ** asFloat(right));
    if (Math.abs(Number(left)) > 1 && Number(right) * Math.log2(Math.abs(Number(left))) > 4096)
      throw new TemplateFault('integer too large');
    return int(asBigInt(left) ** asBigInt(right));
  }
  if (typeof left !== 'bigint' && typeof right !== 'bigint') {
    const a = Number(left);
    const b = Number(right);
    const result =
      operator === '+'
        ? a + b
        : operator === '-'
          ? a - b
          : operator === '*'
            ? a * b
            : operator === '//'
              ? Math.floor(a / b)
              : a - b * Math.floor(a / b);
    if (Number.isSafeInteger(result)) return result;
  }
  const a = asBigInt(left);
  const b = asBigInt(right);
  switch (operator) {
    case '+':
      return int(a + b);
    case '-':
      return int(a - b);
    case '*':
      return int(a * b);
    default: {
      const remainder = ((a % b) + b) % b;
      return int(operator === '%' ? remainder : (a - remainder) / b);
    }
  }
}

function floatArithmetic(operator: BinaryOperator, left: number, right: number): Float {
  if (right === 0 && (operator === '/' || operator === '//' || operator === '%'))
    throw new TemplateFault('division by zero');
  switch (operator) {
    case '+':
      return new Float(left + right);
    case '-':
      return new Float(left - right);
    case '*':
      return new Float(left * right);
    case '/':
      return new Float(left / right);
    case '//':
      return new Float(Math.floor(left / right));
    case '%': {
      const rest = left % right;
      return new Float(rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest);
    }
    case '**':
      return new Float(left ** right);
  }
}

export function negative(value: Value): Value {
  if (value instanceof Float) return new Float(-value.value);
  if (isNumber(value)) return typeof value === 'bigint' ? int(-value) : value === 0 ? 0 : -Number(value);
  throw new TemplateFault(`bad operand type for unary -: '${typeName(defined(value))}'`);
}

/** `needle in heap`. */
export function contains(heap: Value, needle: Value): boolean {
  if (typeof heap === 'string') {
    if (typeof needle !== 'string')
      throw new TemplateFault(`'in <string>' requires string as left operand, not ${typeName(defined(needle))}`);
    return heap.includes(needle);
  }
  if (Array.isArray(heap)) return heap.some((_, index) => equals(lift(heap, index), needle));
  if (isDict(heap)) return dictGet(heap, needle) !== undefined;
  if (typeName(heap) === 'Undefined') return false;
  throw new TemplateFault(`argument of type '${typeName(heap)}' is not iterable`);
}

/** An int for a place, or null for None. */
export function place(value: Value): number | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return value > 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
  throw new TemplateFault(`an int is needed, got ${typeName(defined(value))}`);
}

/** `value[start:stop:step]`. */
export function slice(
  state: RenderState,
  value: Value,
  start: number | null,
  stop: number | null,
  step: number | null,
): Value {
  if (typeof value === 'string') {
    if (step === null || step === 1) {
      if (isBasic(value)) return value.slice(start ?? 0, stop ?? undefined);
    }
    state.spendItems(value.length);
    return sliceList(Array.from(value), start, stop, step ?? 1).join('');
  }
  if (Array.isArray(value)) {
    state.spendItems(value.length);
    const items = sliceList(
      value.map((_, index) => lift(value, index)),
      start,
      stop,
      step ?? 1,
    );
    return value instanceof Tuple ? Tuple.holding(items) : items;
  }
  throw new TemplateFault(`'${typeName(defined(value))}' object can't be sliced`);
}

function sliceList<T>(items: readonly T[], start: number | null, stop: number | null, step: number): T[] {
  if (step === 0) throw new TemplateFault('slice step cannot be zero');
  if (step === 1) return items.slice(start ?? 0, stop ?? undefined);
  const { length } = items;
  const clip = (at: number): number => {
    const from = at < 0 ? at + length : at;
    return step > 0 ? Math.min(Math.max(from, 0), length) : Math.min(Math.max(from, -1), length - 1);
  };
  const from = start === null ? (step > 0 ? 0 : length - 1) : clip(start);
  const to = stop === null ? (step > 0 ? length : -1) : clip(stop);
  const result: T[] = [];
  for (let at = from; step > 0 ? at < to : at > to; at += step) result.push(items[at] as T);
  return result;
}

/** `len(value)`. */
export function lengthOf(value: Value): number {
  if (typeof value === 'string') return textLength(value);
  if (Array.isArray(value) && !(value instanceof Stream)) return value.length;
  if (isDict(value)) return dictSize(value);
  if (typeName(value) === 'Undefined') return 0;
  throw new TemplateFault(`object of type '${typeName(value)}' has no len()`);
}

/** Whether a comparison holds. */
export function holds(operator: CompareOperator, left: Value, right: Value): boolean {
  switch (operator) {
    case '==':
      return equals(left, right);
    case '!=':
      return !equals(left, right);
    case 'in':
      return contains(right, left);
    case 'not in':
      return !contains(right, left);
    case '<':
      return compare(left, right, operator) < 0;
    case '<=':
      return compare(left, right, operator) <= 0;
    case '>':
      return compare(left, right, operator) > 0;
    default:
      return compare(left, right, operator) >= 0;
  }
}
