import { TunesmithError } from '../../../lib/errors';

/** A place in a template, both from 1; the column counts UTF-16 units. */
export interface Place {
  line: number;
  column: number;
}

/** Where an offset of the source stands. */
export function placeOf(source: string, at: number): Place {
  const before = source.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  let line = 1;
  for (let next = before.indexOf('\n'); next >= 0; next = before.indexOf('\n', next + 1)) line++;
  return { line, column: at - lineStart + 1 };
}

/** `template/invalid` with `data.line` and `data.column`. @param what the rule, the value and what to do. */
export function invalid(source: string, at: number, what: string): TunesmithError {
  const place = placeOf(source, Math.min(at, source.length));
  return new TunesmithError(
    'template/invalid',
    `chat template, line ${place.line}, column ${place.column}: ${what}; correct the template`,
    { data: { ...place } },
  );
}
