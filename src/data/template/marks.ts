/**
 * Marks that a rendering leaves in its output, to be taken out again: where a message's turn and where a
 * `{% generation %}` block begin and end. They are 32 neighbouring characters that the data does not hold: Unicode's
 * noncharacters, or else a free stretch of the private use area.
 */
export interface MarkAlphabet {
  /** First of the 32 UTF-16 units: 16 digits, then the four marks. */
  base: number;
}

/** A message's turn in the text, UTF-16 offsets. */
export interface MarkedTurn {
  message: number;
  start: number;
  end: number;
}

export interface MarkedText {
  text: string;
  turns: MarkedTurn[];
  generations: { start: number; end: number }[];
}

const size = 32;
const turnOpen = 16;
const turnClose = 17;
const generationOpen = 18;
const generationClose = 19;

/** An alphabet that occurs nowhere in the texts; null when somebody has used up every candidate. */
export function freeAlphabet(texts: Iterable<string>): MarkAlphabet | null {
  let used: Set<number> | null = null;
  for (const text of texts) {
    for (const [unit] of text.matchAll(/[\ue000-\uf8ff\ufdd0-\ufdef]/g)) {
      used ??= new Set();
      used.add(unit.charCodeAt(0));
    }
  }
  const isFree = (base: number): boolean => {
    for (let unit = base; unit < base + size; unit++) if (used?.has(unit)) return false;
    return true;
  };
  if (isFree(0xfdd0)) return { base: 0xfdd0 };
  for (let base = 0xe000; base + size <= 0xf900; base += size) if (isFree(base)) return { base };
  return null;
}

/** Wraps the text that a message produced. */
export function markTurn({ base }: MarkAlphabet, message: number, text: string): string {
  const digits = Array.from(message.toString(16), (digit) => String.fromCharCode(base + parseInt(digit, 16))).join('');
  return (
    String.fromCharCode(base + turnOpen) +
    digits +
    String.fromCharCode(base + generationClose + 1) +
    text +
    String.fromCharCode(base + turnClose)
  );
}

export const generationMarks = ({ base }: MarkAlphabet): { open: string; close: string } => ({
  open: String.fromCharCode(base + generationOpen),
  close: String.fromCharCode(base + generationClose),
});

/** Takes the marks out of a rendered text and returns where they stood. */
export function readMarks({ base }: MarkAlphabet, marked: string): MarkedText {
  const turns: MarkedTurn[] = [];
  const generations: { start: number; end: number }[] = [];
  const open: MarkedTurn[] = [];
  let generationStart = -1;
  let text = '';
  let done = 0;
  for (let at = 0; at < marked.length; at++) {
    const mark = marked.charCodeAt(at) - base;
    if (mark < turnOpen || mark > generationClose) continue;
    text += marked.slice(done, at);
    if (mark === turnOpen) {
      let message = 0;
      for (at++; at < marked.length; at++) {
        const digit = marked.charCodeAt(at) - base;
        if (digit > 15) break;
        message = message * 16 + digit;
      }
      open.push({ message, start: text.length, end: text.length });
    } else if (mark === turnClose) {
      const turn = open.pop();
      if (turn) turns.push({ ...turn, end: text.length });
    } else if (mark === generationOpen) {
      generationStart = text.length;
    } else if (generationStart >= 0) {
      if (text.length > generationStart) generations.push({ start: generationStart, end: text.length });
      generationStart = -1;
    }
    done = at + 1;
  }
  text += marked.slice(done);
  turns.sort((one, other) => one.start - other.start || one.end - other.end);
  return { text, turns, generations };
}
