/** The functions that every template finds, as Jinja and transformers give them. */
import { TunesmithError } from '../../../lib/errors';
import { strftime } from '../strftime';
import { inOrder, textArgument } from './arguments';
import { place as placeNumber } from './operators';
import { placeOf } from './place';
import { str } from './text';
import {
  Callable,
  dictItems,
  isDict,
  itemsOf,
  keyOf,
  lift,
  Namespace,
  TemplateFault,
  type Keywords,
  type Value,
} from './values';

/** Jinja's sandbox allows no longer ones. */
const longestRange = 100_000;

/** `dict(a=1)`, `namespace(a=1)`: a mapping and names. */
function entries(args: Value[], keywords: Keywords): [Value, Value][] {
  const [first] = args;
  const pairs: [Value, Value][] = [];
  if (isDict(first)) pairs.push(...dictItems(first));
  else if (first !== undefined) {
    itemsOf(first).forEach((_, index, items) => {
      const pair = itemsOf(lift(items, index));
      pairs.push([lift(pair, 0), lift(pair, 1)]);
    });
  }
  for (const entry of keywords ?? []) pairs.push(entry);
  return pairs;
}

const raiseException = new Callable('raise_exception', (state, args, keywords) => {
  const [message] = inOrder('raise_exception', args, keywords, ['message']);
  throw new TunesmithError('template/refused', str(message), { data: { ...placeOf(state.source, state.at) } });
});

const range = new Callable('range', (state, args) => {
  const [first = 0, second, third = 1] = inOrder('range', args, null, ['start', 'stop', 'step']).map(
    (value) => placeNumber(value) ?? undefined,
  );
  const [from, to] = second === undefined ? [0, first] : [first, second];
  if (third === 0) throw new TemplateFault('range() arg 3 must not be zero');
  const count = Math.max(0, Math.ceil((to - from) / third));
  if (count > longestRange) throw state.tooMuch('work');
  state.spendItems(count);
  return Array.from({ length: count }, (_, index) => from + index * third);
});

const namespace = new Callable('namespace', (_, args, keywords) => {
  const space = new Namespace();
  for (const [name, value] of entries(args, keywords)) space.members.set(str(name), value);
  return space;
});

const dict = new Callable(
  'dict',
  (_, args, keywords) => new Map(entries(args, keywords).map(([key, value]) => [keyOf(key), value])),
);

const joiner = new Callable('joiner', (_, args, keywords) => {
  const [separator = ', '] = inOrder('joiner', args, keywords, ['sep']);
  let isUsed = false;
  return new Callable('joiner', () => {
    const text = isUsed ? separator : '';
    isUsed = true;
    return text;
  });
});

const strftimeNow = new Callable('strftime_now', (state, args, keywords) =>
  strftime(state.now, textArgument('strftime_now', inOrder('strftime_now', args, keywords, ['format'])[0])),
);

export const globals: ReadonlyMap<string, Value> = new Map<string, Value>(
  [raiseException, range, namespace, dict, joiner, strftimeNow].map((one) => [one.name, one]),
);
