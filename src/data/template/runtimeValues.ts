import { Environment } from '@huggingface/jinja';
import { exactOf } from '../../formats/jsonl/exactJson';
import type { RuntimeValue } from './pythonText';

/** The package exports none of its value classes; its own conversion makes one of each. */
type ValueClass = new (value?: unknown) => RuntimeValue;
const classOf = (sample: unknown): ValueClass => new Environment().set('value', sample).constructor as ValueClass;
const TextValue = classOf('');
const WholeValue = classOf(1);
const FloatValue = classOf(0.5);
const BooleanValue = classOf(true);
const NullValue = classOf(null);
const UndefinedValue = classOf(undefined);
const ListValue = classOf([]);
const ObjectValue = classOf({});

/**
 * Plain data as a value of the template language. Numbers and key order are those of the row's text where
 * `noteExact` has seen it: `1.0` stays a float, as in Python.
 */
export function toRuntime(value: unknown): RuntimeValue {
  switch (typeof value) {
    case 'string':
      return new TextValue(value);
    case 'number':
      return new (Number.isInteger(value) ? WholeValue : FloatValue)(value);
    case 'boolean':
      return new BooleanValue(value);
    case 'undefined':
      return new UndefinedValue();
    case 'object':
      return value === null ? new NullValue(null) : containerValue(value);
    default:
      return new Environment().set('value', value);
  }
}

function containerValue(value: object): RuntimeValue {
  const exact = exactOf(value);
  const member = (key: string | number, item: unknown): RuntimeValue => {
    const literal = exact?.literals.get(key);
    return literal === undefined ? toRuntime(item) : numberValue(literal);
  };
  if (Array.isArray(value)) return new ListValue(value.map((item: unknown, index) => member(index, item)));
  const object = value as Record<string, unknown>;
  return new ObjectValue(new Map((exact?.order ?? Object.keys(object)).map((key) => [key, member(key, object[key])])));
}

function numberValue(literal: string): RuntimeValue {
  if (/[.eE]/.test(literal)) return new FloatValue(Number(literal));
  const whole = new WholeValue(Number(literal));
  whole.digits = BigInt(literal).toString();
  return whole;
}
