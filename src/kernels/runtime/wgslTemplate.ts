/**
 * WGSL has no macros, and accumulators must be named variables (indexed local arrays cost up to ten times on some compilers).
 * So `.wgsl` files may hold, each on a line of its own,
 *
 *     //:for r 4          the lines up to //:end, four times, `$r` replaced by 0 … 3 (a lower-case letter; a count or NAME)
 *     //:if NAME          the lines up to //:else or //:end when NAME is not 0; `//:if !NAME` when it is
 *     $NAME               anywhere: a number (upper case)
 *
 * Errors name the line.
 */
export function expandWgsl(source: string, values: Readonly<Record<string, number>>): string {
  const lines = source.split('\n');
  const valueOf = (name: string, line: number): number => {
    const value = /^\d+$/.test(name) ? Number(name) : values[name];
    if (value === undefined) throw new Error(`wgsl template, line ${line + 1}: no value for ${name}`);
    return value;
  };

  /** Index of the //:end (or //:else) that closes the block opened before `from`. */
  const closing = (from: number, alsoElse: boolean): number => {
    let depth = 0;
    for (let line = from; line < lines.length; line++) {
      const [, word] = directive(lines[line] ?? '') ?? [];
      if (word === 'for' || word === 'if') depth++;
      else if (word === 'end' && depth-- === 0) return line;
      else if (word === 'else' && alsoElse && depth === 0) return line;
    }
    throw new Error(`wgsl template, line ${from}: block without //:end`);
  };

  const expand = (from: number, to: number, letters: Readonly<Record<string, number>>): string[] => {
    const out: string[] = [];
    for (let line = from; line < to; line++) {
      const text = lines[line] ?? '';
      const [, word, first = '', second = ''] = directive(text) ?? [];
      if (word === undefined) {
        const filled = text.replace(/\$([a-z]|[A-Z][A-Z0-9]*)/g, (_, name: string) =>
          String(letters[name] ?? valueOf(name, line)),
        );
        out.push(filled);
      } else if (word === 'for') {
        const end = closing(line + 1, false);
        const count = valueOf(second, line);
        for (let index = 0; index < count; index++) out.push(...expand(line + 1, end, { ...letters, [first]: index }));
        line = end;
      } else if (word === 'if') {
        const middle = closing(line + 1, true);
        const hasElse = directive(lines[middle] ?? '')?.[1] === 'else';
        const end = hasElse ? closing(middle + 1, false) : middle;
        const holds = first.startsWith('!') ? valueOf(first.slice(1), line) === 0 : valueOf(first, line) !== 0;
        if (holds) out.push(...expand(line + 1, middle, letters));
        else if (hasElse) out.push(...expand(middle + 1, end, letters));
        line = end;
      }
    }
    return out;
  };
  return expand(0, lines.length, {}).join('\n');
}

const directive = (line: string): RegExpMatchArray | null => line.match(/^\s*\/\/:(for|if|else|end)\s*(\S*)\s*(\S*)/);
