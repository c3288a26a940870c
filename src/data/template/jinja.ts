/**
 * Chat templates as transformers runs them (Jinja 3.1, sandboxed, `trim_blocks`, `lstrip_blocks`, `raise_exception`,
 * `strftime_now`, `tojson`), under limits of work and size, recording which part of the output each message and each
 * `{% generation %}` block made.
 *
 * A template is parsed and compiled into functions once (language/); a rendering runs them on the row's own objects. A
 * loop variable that *is* one of the messages (by identity) names the turn. Positions are lengths of the output; where a
 * turn or a block is written into a text that the template handles further (a macro's result), marks carry them.
 */
import { TunesmithError } from '../../lib/errors';
import { compileTemplate, type Program } from './language/compiler';
import { globals } from './language/globals';
import { normalizedSource, parseTemplate } from './language/parser';
import { invalid, placeOf } from './language/place';
import { Frame } from './language/scopes';
import { NeedsMarks, RenderState, type TemplateLimits } from './language/state';
import { liftVariable, TemplateFault, Undefined } from './language/values';
import { counting } from './language/work';
import { freeAlphabet, readMarks, type MarkAlphabet, type MarkedText } from './marks';

/** Generous for any honest template; a hostile one is stopped in two seconds. */
export const defaultLimits: TemplateLimits = { blocks: 20_000_000, outputUnits: 1 << 26, milliseconds: 1200 };
/** The longest template of a model known has 60,000 characters. */
const longestTemplate = 1 << 18;

/** A template's text without its comments. */
export function withoutComments(source: string): string {
  let text = '';
  for (let at = 0; ;) {
    const open = source.indexOf('{#', at);
    const close = open < 0 ? -1 : source.indexOf('#}', open + 2);
    if (close < 0) return text + source.slice(at);
    text += source.slice(at, open);
    at = close + 2;
  }
}

/** Whether a template holds `{% generation %}` tags (those inside comments do not count). */
export function hasGenerationTags(source: string): boolean {
  return /\{%[-+]?\s*generation\s*[-+]?%\}/.test(withoutComments(source));
}

export class CompiledTemplate {
  readonly hasGenerationTags: boolean;
  readonly #normalized: string;
  readonly #program: Program;
  /** One moment for all rows: what a template writes of the date must not change between a row's arrays and its preview. */
  readonly now = new Date();
  /** A turn or a generation is written inside a captured text: marks are needed to find it. */
  #needsMarks = false;

  /** Throws `template/too-long`, or `template/invalid` with `data.line` and `data.column` for one that does not parse. */
  constructor(
    readonly source: string,
    private readonly limits: TemplateLimits = defaultLimits,
  ) {
    if (source.length > longestTemplate) {
      throw new TunesmithError(
        'template/too-long',
        `chat template: at most ${longestTemplate} characters, got ${source.length}; shorten it`,
      );
    }
    this.hasGenerationTags = hasGenerationTags(source);
    this.#normalized = normalizedSource(source);
    try {
      this.#program = compileTemplate(this.#normalized, parseTemplate(this.#normalized));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      throw invalid(this.#normalized, 0, 'nested too deeply');
    }
  }

  /** Names that the template reads from outside before it assigns them, functions that every template finds left out. */
  get freeVariables(): string[] {
    return [...this.#program.free].filter((name) => !globals.has(name));
  }

  /**
   * Renders with these variables. `variables.messages` must be a list; its entries' turns are recorded.
   * @param texts every text of the variables, read only where marks are needed.
   * Throws `template/refused` (the template's own `raise_exception`), `template/limit`, or `template/failed`, each with
   * `data.line` and `data.column`.
   */
  render(variables: Record<string, unknown>, texts: Iterable<string>): MarkedText {
    if (!this.#needsMarks) {
      try {
        return this.#run(variables, null);
      } catch (cause) {
        if (!(cause instanceof NeedsMarks)) throw cause;
        this.#needsMarks = true;
      }
    }
    const alphabet = freeAlphabet(texts);
    if (!alphabet) {
      throw new TunesmithError('template/no-marks', 'text: it uses every private-use character there is; remove them');
    }
    return this.#run(variables, alphabet);
  }

  #run(variables: Record<string, unknown>, alphabet: MarkAlphabet | null): MarkedText {
    const state = new RenderState(this.#normalized, this.limits, alphabet, this.now);
    const own: Record<string, unknown> = { ...variables };
    const { messages } = variables;
    if (Array.isArray(messages)) {
      const known = new Map<unknown, number>();
      own['messages'] = messages.map((message: unknown, index) => {
        // The same object twice would be one turn: a copy has a place of its own.
        const one = known.has(message) && typeof message === 'object' ? { ...message } : message;
        known.set(one, index);
        return one;
      });
      state.messages = known;
    }
    const frame = new Frame(this.#program.slotCount, null);
    for (const [name, slot] of this.#program.outside) {
      const value = Object.hasOwn(own, name) ? liftVariable(own[name]) : globals.get(name);
      frame.slots[slot] = value === undefined ? new Undefined(`'${name}' is undefined`) : value;
    }
    try {
      const each = (units: number): void => {
        state.step(state.at);
        state.work(units);
      };
      counting(each, () => this.#program.run(state, frame));
    } catch (cause) {
      throw this.#named(cause, state);
    }
    if (alphabet) return readMarks(alphabet, state.out);
    state.turns.sort((one, other) => one.start - other.start || one.end - other.end);
    return { text: state.out, turns: state.turns, generations: state.generations };
  }

  #named(cause: unknown, state: RenderState): unknown {
    if (cause instanceof TunesmithError || cause instanceof NeedsMarks) return cause;
    if (cause instanceof RangeError) return state.tooMuch('recursion');
    if (!(cause instanceof TemplateFault)) return cause;
    const place = placeOf(this.#normalized, state.at);
    return new TunesmithError(
      'template/failed',
      `chat template, line ${place.line}, column ${place.column}: ${cause.message}; correct the template or the row`,
      { data: { ...place }, cause },
    );
  }
}
