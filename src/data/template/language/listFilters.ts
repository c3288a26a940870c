/** Jinja's filters of lists and mappings. */
import { inOrder, textArgument } from './arguments';
import { checkOf } from './checks';
import type { Filter } from './filters';
import { item } from './members';
import { binary, place } from './operators';
import type { RenderState } from './state';
import { str } from './text';
import {
  compare,
  defined,
  dictItems,
  equals,
  Group,
  isDict,
  isTrue,
  itemsOf,
  lift,
  Stream,
  TemplateFault,
  Tuple,
  typeName,
  Undefined,
  type Value,
} from './values';

/** A list's members, ready to use. */
export function listMembers(state: RenderState, value: Value): Value[] {
  if (typeof value === 'string') state.spendItems(value.length);
  const items = itemsOf(value);
  if (typeof value !== 'string') state.spendItems(items.length);
  return items.map((_, index) => lift(items, index));
}

/** Members for `map`, `select` and their like, which take whatever is false for an empty list. */
export const membersIfAny = (state: RenderState, value: Value): Value[] =>
  isTrue(value) ? listMembers(state, value) : [];

/** `a.b.0` of a value; several paths with commas give a list. */
export function byPath(path: Value): (value: Value) => Value {
  if (typeof path === 'number') return (value) => item(value, path);
  const steps = textArgument('attribute', path)
    .split('.')
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  return (value) => steps.reduce((at: Value, step) => item(at, step), value);
}
/** A comparison that counts as a step: sorting takes many. */
function counted(state: RenderState, left: Value, right: Value): number {
  state.step(state.at);
  return compare(left, right);
}

const lowered = (value: Value): Value => (typeof value === 'string' ? value.toLowerCase() : value);

/** What `select`, `reject` and their `attr` forms keep. */
const picking =
  (name: string, byAttribute: boolean, keeps: boolean): Filter =>
  (state, value, args) => {
    const [first, ...rest] = args;
    if (byAttribute && first === undefined) throw new TemplateFault(`${name}: an attribute's name is needed`);
    const read = byAttribute ? byPath(first) : (one: Value) => one;
    const [testName, ...testArgs] = byAttribute ? rest : args;
    const check = testName === undefined ? null : checkOf(textArgument(name, testName));
    if (testName !== undefined && !check) throw new TemplateFault(`no test named '${str(testName)}'`);
    return Stream.over(
      membersIfAny(state, value).filter((one) => {
        const seen = read(one);
        return (check ? check(state, seen, testArgs) : isTrue(seen)) === keeps;
      }),
    );
  };

const extreme =
  (name: string, sign: number): Filter =>
  (state, value, args, keywords) => {
    const [caseSensitive, path] = inOrder(name, args, keywords, ['case_sensitive', 'attribute']);
    const read = path === undefined || path === null ? (one: Value) => one : byPath(path);
    const key = (one: Value): Value => (isTrue(caseSensitive) ? read(one) : lowered(read(one)));
    const items = listMembers(state, value);
    const [first] = items;
    if (items.length === 0) return new Undefined('No aggregated item, sequence was empty.');
    return items.reduce((best, one) => (compare(key(one), key(best)) * sign > 0 ? one : best), first);
  };

const sort: Filter = (state, value, args, keywords) => {
  const [reverse, caseSensitive, path] = inOrder('sort', args, keywords, ['reverse', 'case_sensitive', 'attribute']);
  const reads =
    path === undefined || path === null
      ? [(one: Value) => one]
      : typeof path === 'string'
        ? path.split(',').map(byPath)
        : [byPath(path)];
  const keyed = listMembers(state, value).map((one) => ({
    one,
    key: reads.map((read) => (isTrue(caseSensitive) ? read(one) : lowered(read(one)))),
  }));
  const sign = isTrue(reverse) ? -1 : 1;
  return keyed.sort((left, right) => sign * counted(state, left.key, right.key)).map(({ one }) => one);
};

const groupby: Filter = (state, value, args, keywords) => {
  const [path, fallback, caseSensitive] = inOrder('groupby', args, keywords, [
    'attribute',
    'default',
    'case_sensitive',
  ]);
  const read = byPath(path);
  const keyOf = (one: Value): Value => {
    const key = read(one);
    return key instanceof Undefined && fallback !== undefined ? fallback : key;
  };
  const folded = (key: Value): Value => (isTrue(caseSensitive) ? key : lowered(key));
  const groups: { key: Value; items: Value[] }[] = [];
  for (const { one, key } of listMembers(state, value)
    .map((one) => ({ one, key: keyOf(one) }))
    .sort((left, right) => counted(state, folded(left.key), folded(right.key)))) {
    const last = groups.at(-1);
    if (last && equals(folded(last.key), folded(key))) last.items.push(one);
    else groups.push({ key, items: [one] });
  }
  return groups.map(({ key, items }) => Group.holding([key, items]));
};

const join: Filter = (state, value, args, keywords) => {
  const [separator, path] = inOrder('join', args, keywords, ['d', 'attribute']);
  const between = separator === undefined ? '' : str(separator);
  const read = path === undefined || path === null ? (one: Value) => one : byPath(path);
  const pieces = listMembers(state, value).map((one) => str(read(one)));
  state.spend(pieces.reduce((sum, piece) => sum + piece.length + between.length, 0));
  return pieces.join(between);
};

export const listFilters: Readonly<Record<string, Filter>> = {
  batch: (state, value, args, keywords) => {
    const [size, fill] = inOrder('batch', args, keywords, ['linecount', 'fill_with']);
    const count = Math.max(place(size) ?? 1, 1);
    const items = listMembers(state, value);
    const rows: Value[][] = [];
    for (let at = 0; at < items.length; at += count) rows.push(items.slice(at, at + count));
    const last = rows.at(-1);
    if (last && fill !== undefined && fill !== null) {
      state.spendItems(count);
      while (last.length < count) last.push(fill);
    }
    return Stream.over(rows);
  },
  slice: (state, value, args, keywords) => {
    const [size, fill] = inOrder('slice', args, keywords, ['slices', 'fill_with']);
    const count = Math.max(place(size) ?? 1, 1);
    const items = listMembers(state, value);
    state.spendItems(count);
    const each = Math.floor(items.length / count);
    const extra = items.length % count;
    let at = 0;
    return Stream.over(
      Array.from({ length: count }, (_, index) => {
        const part = items.slice(at, (at += each + (index < extra ? 1 : 0)));
        if (fill !== undefined && fill !== null && index >= extra) part.push(fill);
        return part;
      }),
    );
  },
  dictsort: (state, value, args, keywords) => {
    const [caseSensitive, by = 'key', reverse] = inOrder('dictsort', args, keywords, [
      'case_sensitive',
      'by',
      'reverse',
    ]);
    if (!isDict(value)) throw new TemplateFault(`dictsort: a mapping is needed, got ${typeName(defined(value))}`);
    const place = by === 'value' ? 1 : 0;
    const key = (pair: [Value, Value]): Value => (isTrue(caseSensitive) ? pair[place] : lowered(pair[place]));
    const sign = isTrue(reverse) ? -1 : 1;
    return dictItems(value)
      .sort((left, right) => sign * counted(state, key(left), key(right)))
      .map((pair) => Tuple.holding(pair));
  },
  first: (_, value) => {
    const items = itemsOf(value);
    return items.length > 0 ? lift(items, 0) : new Undefined('No first item, sequence was empty.');
  },
  last: (_, value) => {
    const items = itemsOf(value);
    return items.length > 0 ? lift(items, items.length - 1) : new Undefined('No last item, sequence was empty.');
  },
  groupby,
  items: (_, value) => {
    if (value instanceof Undefined) return Stream.over([]);
    if (!isDict(value)) throw new TemplateFault('Can only get item pairs from a mapping.');
    return Stream.over(dictItems(value).map((pair) => Tuple.holding(pair)));
  },
  join,
  list: (state, value) => listMembers(state, value),
  max: extreme('max', 1),
  min: extreme('min', -1),
  reject: picking('reject', false, false),
  rejectattr: picking('rejectattr', true, false),
  select: picking('select', false, true),
  selectattr: picking('selectattr', true, true),
  reverse: (state, value) => {
    if (typeof value === 'string') {
      state.spendItems(value.length);
      return Array.from(value).reverse().join('');
    }
    return Stream.over(listMembers(state, value).reverse());
  },
  sort,
  sum: (state, value, args, keywords) => {
    const [path, start = 0] = inOrder('sum', args, keywords, ['attribute', 'start']);
    const read = path === undefined || path === null ? (one: Value) => one : byPath(path);
    return listMembers(state, value).reduce((sum, one) => binary(state, '+', sum, read(one)), start);
  },
  unique: (state, value, args, keywords) => {
    const [caseSensitive, path] = inOrder('unique', args, keywords, ['case_sensitive', 'attribute']);
    const read = path === undefined || path === null ? (one: Value) => one : byPath(path);
    const seen = new Set<string>();
    return Stream.over(
      listMembers(state, value).filter((one) => {
        const read1 = read(one);
        const key = typeName(read1) + str(isTrue(caseSensitive) ? read1 : lowered(read1));
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      }),
    );
  },
};
