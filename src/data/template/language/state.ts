/** One rendering: its output, what was recorded of it, and what it may still spend. */
import { TunesmithError } from '../../../lib/errors';
import { markTurn, generationMarks, type MarkAlphabet, type MarkedTurn } from '../marks';
import { placeOf } from './place';

export interface TemplateLimits {
  /** Steps of one rendering: loop passes, calls, and thousands of characters made. */
  blocks: number;
  /** UTF-16 units of any text. */
  outputUnits: number;
  milliseconds: number;
}

const checkEvery = 256;
const unitsPerStep = 1024;
const longestTail = 1 << 15;
/** What an item of a list weighs against a character. */
const unitsPerItem = 32;
const deepest = 150;

/** Thrown to begin again with marks, since positions in a captured text are known only by marks. */
export class NeedsMarks extends Error {}

export class RenderState {
  /** What was written: a long head, and a tail of small pieces that is made one text before it joins the head. */
  #head = '';
  #tail = '';
  /** Offset in the template of what is being done. */
  at = 0;
  /** How many texts are being captured (macros, `{% set %}` blocks): the output's length is no position then. */
  captures = 0;
  depth = 0;
  readonly turns: MarkedTurn[] = [];
  readonly generations: { start: number; end: number }[] = [];
  /** Message of the row → its index. */
  messages: ReadonlyMap<Value, number> = new Map();
  #steps = 0;
  #made = 0;
  #sinceCheck = 0;
  readonly #deadline: number;

  constructor(
    readonly source: string,
    readonly limits: TemplateLimits,
    readonly alphabet: MarkAlphabet | null,
    /** What `strftime_now` tells. */
    readonly now: Date,
  ) {
    this.#deadline = performance.now() + limits.milliseconds;
  }

  /** Counts a step of work at a place. Throws `template/limit`. */
  step(at: number): void {
    if (++this.#sinceCheck < checkEvery) return;
    this.at = at;
    this.#check();
  }

  #check(): void {
    this.#steps += this.#sinceCheck;
    this.#sinceCheck = 0;
    if (this.#steps > this.limits.blocks || performance.now() > this.#deadline) throw this.tooMuch('work');
  }

  /** Accounts for a text of this length that is about to be made. Throws `template/limit`. */
  spend(units: number): void {
    if (units > this.limits.outputUnits) throw this.tooMuch('text');
    if (units < unitsPerStep) return;
    // Joining texts is cheap until they are read; four times the longest text may be held at once.
    this.#made += units;
    if (this.#made > this.limits.outputUnits * 4) throw this.tooMuch('text');
    this.#sinceCheck += Math.ceil(units / unitsPerStep);
    if (this.#sinceCheck >= checkEvery) this.#check();
  }

  /** Accounts for reading a text or list of this length. Throws `template/limit`. */
  work(units: number): void {
    if (units < unitsPerStep) return;
    this.#sinceCheck += Math.ceil(units / unitsPerStep);
    if (this.#sinceCheck >= checkEvery) this.#check();
  }

  /** Accounts for a list of this length. Throws `template/limit`. */
  spendItems(count: number): void {
    this.spend(count * unitsPerItem);
  }

  get out(): string {
    return this.#head + this.#tail;
  }
  set out(text: string) {
    this.#head = text;
    this.#tail = '';
  }
  /** Length of what was written. */
  get written(): number {
    return this.#head.length + this.#tail.length;
  }

  write(text: string): void {
    this.#tail += text;
    if (this.#tail.length < longestTail) return;
    // Reading a character makes the engine copy the pieces into one text: millions of pieces would fill the memory.
    this.#tail.charCodeAt(0);
    this.#head += this.#tail;
    this.#tail = '';
    if (this.#head.length > this.limits.outputUnits) throw this.tooMuch('text');
  }

  /** Runs a body and returns what it wrote instead of writing it. */
  capture(run: () => void): string {
    const outer = this.out;
    this.out = '';
    this.captures++;
    try {
      run();
      return this.out;
    } finally {
      this.captures--;
      this.out = outer;
    }
  }

  enter(at: number): void {
    this.step(at);
    if (++this.depth > deepest) {
      this.at = at;
      throw this.tooMuch('recursion');
    }
  }
  leave(): void {
    this.depth--;
  }

  /** Runs a body that is a message's turn. */
  turn<R>(message: number, run: () => R): R {
    if (this.alphabet) {
      const before = this.out;
      this.out = '';
      const result = run();
      this.out = before + (this.out === '' ? '' : markTurn(this.alphabet, message, this.out));
      return result;
    }
    const start = this.written;
    const result = run();
    if (this.captures > 0) {
      if (this.written > start) throw new NeedsMarks();
    } else if (this.written > start) this.turns.push({ message, start, end: this.written });
    return result;
  }

  /** Runs a body that is trained. */
  generation<R>(run: () => R): R {
    if (this.alphabet) {
      const { open, close } = generationMarks(this.alphabet);
      this.out += open;
      const result = run();
      this.out += close;
      return result;
    }
    if (this.captures > 0) throw new NeedsMarks();
    const start = this.written;
    const result = run();
    if (this.written > start) this.generations.push({ start, end: this.written });
    return result;
  }

  tooMuch(what: 'work' | 'text' | 'recursion'): TunesmithError {
    const place = placeOf(this.source, this.at);
    return new TunesmithError(
      'template/limit',
      `chat template, line ${place.line}: too much ${what} for one conversation; look for an endless loop`,
      { data: { ...place } },
    );
  }
}
type Value = unknown;
