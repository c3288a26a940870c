/** Several files at once: which is the data, which are held out. Pure. */

/** File name endings that the data worker reads, for the file dialog. */
export const acceptedFiles = '.jsonl,.json,.ndjson,.txt,.csv,.tsv,.tab,.parquet,.gz';

export type HeldOutSplit = 'validation' | 'test';

export interface SortedFiles<F> {
  data: F | null;
  validation: F | null;
  test: F | null;
  /** One data set is open at a time: these are not used. */
  unused: F[];
}

const word = (...words: string[]): RegExp => new RegExp(`(^|[^a-z])(${words.join('|')})([^a-z]|$)`, 'i');
const validationName = word('valid', 'validation', 'val', 'dev', 'eval', 'evaluation');
const testName = word('test', 'heldout', 'held-out', 'holdout');
const trainName = word('train', 'training');

/**
 * Sorts files by their names: `valid`, `val`, `dev`, `eval` are validation, `test`, `heldout` are test; of the others
 * the one called `train`, else the first, is the data. One file alone is the data, whatever its name.
 */
export function sortFiles<F extends { name: string }>(files: readonly F[]): SortedFiles<F> {
  if (files.length < 2) return { data: files[0] ?? null, validation: null, test: null, unused: [] };
  const candidates = files.filter(({ name }) => trainName.test(name));
  const rest = files.filter((file) => !candidates.includes(file));
  const validation = rest.find(({ name }) => validationName.test(name)) ?? null;
  const test = rest.find((file) => file !== validation && testName.test(file.name)) ?? null;
  candidates.push(...rest.filter((file) => file !== validation && file !== test));
  const [data, ...unused] = candidates;
  if (data) return { data, validation, test, unused };
  // Validation and test alone: the first of them has to be the data.
  return validation
    ? { data: validation, validation: null, test, unused: [] }
    : { data: test, validation: null, test: null, unused: [] };
}

/** What was done with several files, in a sentence; empty for one. */
export function sortedSentence({ data, validation, test, unused }: SortedFiles<{ name: string }>): string {
  const parts = [
    data ? `${data.name} is the data` : '',
    validation ? `${validation.name} is held out for validation` : '',
    test ? `${test.name} is held out for test` : '',
    unused.length > 0
      ? `${unused.map(({ name }) => name).join(', ')} ${unused.length === 1 ? 'was' : 'were'} not opened: one data set at a time`
      : '',
  ].filter((part) => part !== '');
  return parts.length < 2 ? '' : `${parts.join('; ')}.`;
}
