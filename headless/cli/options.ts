import { suiteNames } from '../../bench/options';
import { TunesmithError } from '../../src/lib/errors';

/** How one option's value is read. `flag` takes none. */
type Kind =
  'text' | 'flag' | { integer: [number, number] } | { number: [number, number] } | { oneOf: readonly string[] };

interface OptionSpec {
  kind: Kind;
  /** Placeholder in the usage line. */
  value?: string;
  required?: boolean;
  help: string;
}

interface VerbSpec {
  help: string;
  options: Record<string, OptionSpec>;
  /** Exactly one of these must be given. */
  exactlyOne?: string[];
}

const whole = (low: number, high = 2 ** 31 - 1): { integer: [number, number] } => ({ integer: [low, high] });

const model = { kind: 'text', value: 'DIR', required: true, help: 'model folder, or "builtin"' } as const;
const data = { kind: 'text', value: 'FILE', required: true, help: 'conversations, for example JSONL' } as const;
const recipe = { kind: 'text', value: 'R', help: 'recipe, JSON or TOML' } as const;
const adapter = { kind: 'text', value: 'DIR', help: 'PEFT adapter folder' } as const;
const out = { kind: 'text', value: 'DIR', required: true, help: 'where the results go' } as const;
const backend = { kind: { oneOf: ['auto', 'webgpu', 'wasm'] }, value: 'NAME', help: 'auto, webgpu or wasm' } as const;

export const exportFormats = ['peft', 'merged', 'gguf', 'gguf-lora', 'trl'] as const;

/** The public verbs and their options: the one place that parser, usage text and tests read. */
export const verbs = {
  inspect: { help: 'reads a model folder', options: { model, recipe, backend } },
  render: {
    help: 'data → text → tokens → labels, one JSON object per row',
    options: { model, data, recipe, limit: { kind: whole(1), value: 'N', help: 'only the first N rows' }, backend },
  },
  train: {
    help: 'fine-tunes, one JSON event per line',
    options: {
      model,
      data,
      validation: { kind: 'text', value: 'FILE', help: 'validation rows; replaces the recipe’s split' },
      recipe: { ...recipe, required: true },
      out,
      adapter,
      resume: { kind: 'flag', help: 'continue from the newest checkpoint in --out' },
      backend,
    },
  },
  score: { help: 'teacher-forced evaluation', options: { model, adapter, data, recipe, backend } },
  generate: {
    help: 'chat',
    options: {
      model,
      adapter,
      prompt: { kind: 'text', value: 'TEXT', help: 'one user turn' },
      messages: { kind: 'text', value: 'FILE', help: 'JSON list of messages' },
      raw: { kind: 'text', value: 'TEXT', help: 'text without the template' },
      recipe,
      'max-new-tokens': { kind: whole(1), value: 'N', help: 'longest answer' },
      temperature: { kind: { number: [0, 100] }, value: 'T', help: '0 is greedy' },
      'top-p': { kind: { number: [1e-6, 1] }, value: 'P', help: 'nucleus' },
      'top-k': { kind: whole(0), value: 'K', help: '0 is off' },
      seed: { kind: whole(0, 2 ** 32 - 1), value: 'S', help: 'for sampling' },
      backend,
    },
    exactlyOne: ['prompt', 'messages', 'raw'],
  },
  export: {
    help: 'writes a bundle',
    options: {
      model,
      adapter,
      format: { kind: { oneOf: exportFormats }, value: 'NAME', required: true, help: exportFormats.join(', ') },
      out,
      backend,
    },
  },
  bench: {
    help: 'the benchmark',
    options: {
      suite: { kind: { oneOf: suiteNames }, value: 'NAME', help: suiteNames.join(', ') },
      json: { kind: 'flag', help: 'one JSON object instead of a table' },
      backend,
    },
  },
} as const satisfies Record<string, VerbSpec>;

export type VerbName = keyof typeof verbs;

type ValueOf<K> = K extends 'text'
  ? string
  : K extends 'flag'
    ? boolean
    : K extends { oneOf: readonly (infer Name)[] }
      ? Name
      : number;
type SpecsOf<V extends VerbName> = (typeof verbs)[V]['options'];
type NeededNames<S> = { [K in keyof S]: S[K] extends { required: true } ? K : never }[keyof S];
type KindOf<S> = S extends { kind: infer K } ? K : never;
/** The parsed options of a verb; what was not given is absent. */
export type OptionsOf<V extends VerbName> = { [K in NeededNames<SpecsOf<V>>]: ValueOf<KindOf<SpecsOf<V>[K]>> } & {
  [K in Exclude<keyof SpecsOf<V>, NeededNames<SpecsOf<V>>>]?: ValueOf<KindOf<SpecsOf<V>[K]>>;
};

export type Command = { [V in VerbName]: { verb: V; options: OptionsOf<V> } }[VerbName];

const wrong = (slug: string, message: string): TunesmithError => new TunesmithError(`options/${slug}`, message);

/**
 * Reads the words after the program's name, strictly: `verb [--name value | --name=value | --flag] …`.
 * A value that begins with two dashes needs the `=` form. Null asks for help.
 * @throws TunesmithError `options/…` for an unknown verb or option, a missing or doubled option, a value out of its range.
 */
export function parseCommand(words: readonly string[]): Command | { help: VerbName | null } {
  const [verb, ...rest] = words;
  if (verb === undefined)
    throw wrong('no-verb', `command line: a verb is needed; use one of ${Object.keys(verbs).join(', ')}`);
  if (verb === '--help' || verb === '-h' || verb === 'help') return { help: null };
  if (!isVerb(verb)) throw wrong('unknown-verb', `${verb}: no such verb; ${suggestion(verb, Object.keys(verbs))}`);
  if (rest.includes('--help') || rest.includes('-h')) return { help: verb };
  const spec: VerbSpec = verbs[verb];
  const options: Record<string, string | number | boolean> = {};
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (!word.startsWith('--'))
      throw wrong('stray-word', `${word}: options begin with --; put the value after its option`);
    const equals = word.indexOf('=');
    const name = word.slice(2, equals < 0 ? undefined : equals);
    const option = Object.hasOwn(spec.options, name) ? spec.options[name] : undefined;
    if (!option)
      throw wrong(
        'unknown-option',
        `--${name}: ${verb} has no such option; ${suggestion(name, Object.keys(spec.options), '--')}`,
      );
    if (Object.hasOwn(options, name)) throw wrong('doubled-option', `--${name}: given twice; give it once`);
    if (option.kind === 'flag') {
      if (equals >= 0)
        throw wrong('flag-value', `--${name}: takes no value, got ${word.slice(equals + 1)}; leave it out`);
      options[name] = true;
      continue;
    }
    const value = equals >= 0 ? word.slice(equals + 1) : rest[++at];
    if (value === undefined || (equals < 0 && value.startsWith('--')))
      throw wrong('missing-value', `--${name}: needs a value; write --${name} ${option.value ?? 'VALUE'}`);
    options[name] = readValue(name, value, option.kind);
  }
  const missing = Object.keys(spec.options).filter(
    (name) => spec.options[name]?.required && !Object.hasOwn(options, name),
  );
  if (missing.length > 0)
    throw wrong(
      'missing-option',
      `${verb}: needs ${missing.map((name) => `--${name}`).join(', ')}; see tunesmith ${verb} --help`,
    );
  if (spec.exactlyOne && spec.exactlyOne.filter((name) => Object.hasOwn(options, name)).length !== 1)
    throw wrong(
      'exactly-one',
      `${verb}: needs exactly one of ${spec.exactlyOne.map((name) => `--${name}`).join(', ')}`,
    );
  return { verb, options } as unknown as Command;
}

const isVerb = (word: string): word is VerbName => Object.hasOwn(verbs, word);

function readValue(name: string, text: string, kind: Exclude<Kind, 'flag'>): string | number {
  if (kind === 'text') return text;
  if ('oneOf' in kind) {
    if (!kind.oneOf.includes(text))
      throw wrong('bad-value', `--${name}: must be one of ${kind.oneOf.join(', ')}, got ${text}`);
    return text;
  }
  const isWhole = 'integer' in kind;
  const [low, high] = isWhole ? kind.integer : kind.number;
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
  if (!(value >= low && value <= high) || (isWhole && !Number.isInteger(value)))
    throw wrong(
      'bad-value',
      `--${name}: must be a ${isWhole ? 'whole number' : 'number'} from ${low} to ${high}, got ${text}`,
    );
  return value;
}

function suggestion(word: string, known: string[], prefix = ''): string {
  const nearest = known.map((name) => ({ name, far: distance(word, name) })).sort((a, b) => a.far - b.far)[0];
  const all = `use one of ${known.map((name) => prefix + name).join(', ')}`;
  return nearest && nearest.far <= Math.max(2, nearest.name.length / 3)
    ? `did you mean ${prefix}${nearest.name}?`
    : all;
}

/** Levenshtein's edit distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++)
    row = row.reduce<number[]>((next, above, j) => {
      if (j === 0) return [i];
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      return [...next, Math.min(above + 1, (next[j - 1] ?? 0) + 1, replaced)];
    }, []);
  return row[b.length] ?? 0;
}

/** Usage text: of one verb, or of all. */
export function usage(verb: VerbName | null): string {
  if (verb === null) {
    const lines = Object.entries(verbs).map(([name, spec]) => `  ${name.padEnd(9)} ${spec.help}`);
    return [
      'tunesmith <verb> [options]',
      '',
      ...lines,
      '',
      'tunesmith <verb> --help lists the options of a verb.',
    ].join('\n');
  }
  const spec: VerbSpec = verbs[verb];
  const lines = Object.entries(spec.options).map(([name, option]) => {
    const shown = `--${name}${option.value ? ` ${option.value}` : ''}`;
    return `  ${shown.padEnd(20)} ${option.help}${option.required ? ' (needed)' : ''}`;
  });
  return [`tunesmith ${verb}: ${spec.help}`, '', ...lines].join('\n');
}
