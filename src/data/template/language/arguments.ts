import { TemplateFault, type Keywords, type Value } from './values';

/** Arguments of a call in the order of the parameters' names; undefined where none was given. Fails for too many or unknown ones. */
export function inOrder(what: string, args: readonly Value[], keywords: Keywords, names: readonly string[]): Value[] {
  if (args.length > names.length)
    throw new TemplateFault(`${what}() takes at most ${names.length} arguments, got ${args.length}`);
  const values: Value[] = [...args];
  keywords?.forEach((value, name) => {
    const place = names.indexOf(name);
    if (place < 0) throw new TemplateFault(`${what}() got an unexpected keyword argument '${name}'`);
    if (place < args.length) throw new TemplateFault(`${what}() got multiple values for argument '${name}'`);
    values[place] = value;
  });
  return values;
}

/** A text argument. */
export function textArgument(what: string, value: Value): string {
  if (typeof value === 'string') return value;
  throw new TemplateFault(`${what}: a text is needed, got ${value === null ? 'None' : typeof value}`);
}
