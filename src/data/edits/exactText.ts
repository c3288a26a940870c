import { exactOf } from '../../formats/jsonl/exactJson';

interface Frame {
  members: Record<string | number, unknown>;
  /** Null for a list. */
  keys: string[] | null;
  next: number;
}

/**
 * JSON of plain data, with numbers and key order as the file had them where they were noted (`noteExact`). Keeps its own
 * stack: rows may be nested deeper than the machine's, where `JSON.stringify` throws.
 */
export function exactText(root: unknown): string {
  const pieces: string[] = [];
  const open: Frame[] = [];
  const write = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      pieces.push(typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? 'null'));
      return;
    }
    const members = value as Record<string | number, unknown>;
    const names = Array.isArray(value) ? null : (exactOf(value)?.order ?? Object.keys(members));
    open.push({ members, keys: names?.filter((key) => members[key] !== undefined) ?? null, next: 0 });
    pieces.push(names ? '{' : '[');
  };
  write(root);
  for (let frame = open.at(-1); frame; frame = open.at(-1)) {
    const { members, keys, next } = frame;
    if (next === (keys ?? (members as unknown as unknown[])).length) {
      pieces.push(keys ? '}' : ']');
      open.pop();
      continue;
    }
    frame.next++;
    const key = keys ? (keys[next] ?? '') : next;
    if (next > 0) pieces.push(',');
    if (keys) pieces.push(`${JSON.stringify(key)}:`);
    const literal = exactOf(members)?.literals.get(key);
    if (literal === undefined) write(members[key]);
    else pieces.push(literal);
  }
  return pieces.join('');
}
