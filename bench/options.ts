import { parseArgs } from 'node:util';

export const suiteNames = ['matmul', 'step', 'chat', 'data', 'page', 'scaling'] as const;
export const backendNames = ['webgpu', 'wasm'] as const;

/** One of the known names, or all of them. */
export function chosen<Name extends string>(option: string, value: string | undefined, known: readonly Name[]): Name[] {
  if (value === undefined) return [...known];
  const found = known.filter((name) => name === value);
  if (found.length === 0) throw new Error(`--${option}: must be one of ${known.join(', ')}, got ${value}`);
  return found;
}

/** The option's whole number from 1. */
function wholeNumber(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${option}: must be a whole number from 1, got ${value}`);
  return number;
}

/** What to measure, from the words after the program's name. Throws for words that it does not know. */
export function benchOptions(args?: string[]) {
  const { values } = parseArgs({
    ...(args ? { args } : {}),
    options: {
      suite: { type: 'string' },
      backend: { type: 'string' },
      /** Only cases whose name holds this. */
      case: { type: 'string', default: '' },
      /** Contenders to leave out, by commas: stock takes minutes a step in software. */
      without: { type: 'string', default: '' },
      /** Conversations of the suite `data`, about 1 KB each. */
      rows: { type: 'string', default: '5000' },
      rounds: { type: 'string', default: '5' },
      json: { type: 'boolean', default: false },
      /** Writes the results to bench/results/. */
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    suites: chosen('suite', values.suite, suiteNames),
    backends: chosen('backend', values.backend, backendNames),
    case: values.case,
    without: values.without.split(',').filter(Boolean),
    rows: wholeNumber('rows', values.rows),
    rounds: wholeNumber('rounds', values.rounds),
    json: values.json,
    keep: values.keep,
    /** For the name of the file of results. */
    name: [values.suite ?? 'all', values.suite === 'data' ? values.rows : (values.backend ?? 'all')].join('-'),
  };
}
