const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/** The first key that stands twice in one object of a valid JSON text, which `JSON.parse` passes over; null: none does. */
export function duplicateKey(text: string): string | null {
  /** Keys of the objects around this place; null for a list. */
  const open: (Set<string> | null)[] = [];
  let last = '';
  for (const [found] of text.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(null);
    else if (found === '}' || found === ']') open.pop();
    else if (found === ':') {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    last = found;
  }
  return null;
}
