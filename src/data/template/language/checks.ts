/** Jinja's tests: `value is name(arguments)`. */
import { contains, place } from './operators';
import type { RenderState } from './state';
import {
  Callable,
  compare,
  defined,
  equals,
  Float,
  isDict,
  isNumber,
  Stream,
  TemplateFault,
  typeName,
  Undefined,
  type Value,
} from './values';

type Check = (state: RenderState, value: Value, args: Value[]) => boolean;

const whole = (value: Value): number => {
  const number = place(value);
  if (number === null) throw new TemplateFault(`an int is needed, got ${typeName(value)}`);
  return number;
};
const order =
  (operator: string, holds: (order: number) => boolean): Check =>
  (_, value, [other]) =>
    holds(compare(value, other, operator));
const isEqual: Check = (_, value, [other]) => equals(value, other);
const isUnequal: Check = (_, value, [other]) => !equals(value, other);
const above = order('>', (sign) => sign > 0);
const atLeast = order('>=', (sign) => sign >= 0);
const below = order('<', (sign) => sign < 0);
const atMost = order('<=', (sign) => sign <= 0);

export const checks: Readonly<Record<string, Check>> = {
  defined: (_, value) => !(value instanceof Undefined),
  undefined: (_, value) => value instanceof Undefined,
  none: (_, value) => value === null,
  boolean: (_, value) => typeof value === 'boolean',
  true: (_, value) => value === true,
  false: (_, value) => value === false,
  integer: (_, value) => typeof value === 'number' || typeof value === 'bigint',
  float: (_, value) => value instanceof Float,
  number: (_, value) => isNumber(value),
  string: (_, value) => typeof value === 'string',
  mapping: (_, value) => isDict(value),
  iterable: (_, value) =>
    typeof value === 'string' || Array.isArray(value) || isDict(value) || value instanceof Undefined,
  sequence: (_, value) =>
    typeof value === 'string' ||
    (Array.isArray(value) && !(value instanceof Stream)) ||
    isDict(value) ||
    value instanceof Undefined,
  callable: (_, value) => value instanceof Callable,
  sameas: (_, value, [other]) => value === other,
  escaped: () => false,
  odd: (_, value) => Math.abs(whole(value) % 2) === 1,
  even: (_, value) => whole(value) % 2 === 0,
  divisibleby: (_, value, [other]) => {
    if (whole(other) === 0) throw new TemplateFault('integer division or modulo by zero');
    return whole(value) % whole(other) === 0;
  },
  lower: (_, value) => typeof value === 'string' && value === value.toLowerCase() && value !== value.toUpperCase(),
  upper: (_, value) => typeof value === 'string' && value === value.toUpperCase() && value !== value.toLowerCase(),
  in: (_, value, [heap]) => contains(defined(heap), value),
  eq: isEqual,
  equalto: isEqual,
  ne: isUnequal,
  gt: above,
  greaterthan: above,
  ge: atLeast,
  lt: below,
  lessthan: below,
  le: atMost,
  '==': isEqual,
  '!=': isUnequal,
  '>': above,
  '>=': atLeast,
  '<': below,
  '<=': atMost,
};

/** The test of a name; null when there is none. */
export const checkOf = (name: string): Check | null => (Object.hasOwn(checks, name) ? (checks[name] ?? null) : null);
