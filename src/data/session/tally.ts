/** One pass over all rows: what the summary says, and where each row goes. */
import type { DatasetStats, RowFit, RowSplit } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import { splitRows } from '../split/split';
import { broken, fits, flag, masked, type ClassSample } from './blockResult';
import type { EditIndex } from './editIndex';
import { GrowableInts } from './growable';
import { ProblemCounter } from './problemCounter';
import { column, isTrainable, startOf, type Place, type Records } from './records';

export interface Tally {
  counter: ProblemCounter;
  rows: number;
  usableRows: number;
  brokenRows: number;
  droppedRows: number;
  editedRows: number;
  maskedRows: number;
  truncatedAwayRows: number;
  tokens: number;
  trainedTokens: number;
  longestTokens: number;
  /** Smallest max_length that cuts no answer of any row. */
  longestNeeded: number;
  roles: Record<string, number>;
  formats: string[];
  stats: DatasetStats;
  /** Rows of each split, ascending. */
  split: Record<Exclude<RowSplit, 'none'>, Uint32Array>;
  /** [rows]: index in `splitNames`. */
  splitOf: Uint8Array;
}

export const splitNames: readonly RowSplit[] = ['none', 'train', 'validation', 'test'];

const duplicate: ClassSample = {
  severity: 'warning',
  code: 'data/duplicate-row',
  message: 'row: the same conversation stands earlier in the file; set dataset.drop_duplicates to leave it out',
};
export const leaked: ClassSample = {
  severity: 'warning',
  code: 'data/validation-in-train',
  message:
    'row: a held-out row is also among the training rows, so that its loss says nothing about new text; drop the duplicates',
};
const thinksUnasked: ClassSample = {
  severity: 'warning',
  code: 'data/think-mismatch',
  message:
    'messages: the answer thinks first, and chat will ask for direct answers (template.enable_thinking is off); turn it on, or take the thinking out',
};
const plainUnasked: ClassSample = {
  severity: 'warning',
  code: 'data/think-mismatch',
  message:
    'messages: the answer does not think first, and chat will ask the model to (template.enable_thinking is on); turn it off, or add the thinking',
};

/** Counts everything. */
export function tally(records: Records, recipe: Recipe, edits: EditIndex): Tally {
  const counter = new ProblemCounter();
  const facts = {
    usableRows: 0,
    brokenRows: 0,
    droppedRows: 0,
    editedRows: 0,
    maskedRows: 0,
    truncatedAwayRows: 0,
    tokens: 0,
    trainedTokens: 0,
    longestTokens: 0,
    longestNeeded: 0,
  };
  const patterns = new Map<string, number>();
  const fitCounts: Record<RowFit, number> = { fits: 0, turns_dropped: 0, answer_cut: 0, nothing_left: 0 };
  const lengths = new GrowableInts();
  const candidates = new GrowableInts();
  const seen = new Set<bigint>();
  const kept = new Set<bigint>();
  const { drop_duplicates: dropDuplicates } = recipe.dataset;
  const thinkMismatch = recipe.template.enable_thinking
    ? { bit: flag.answersPlainly, sample: plainUnasked }
    : { bit: flag.thinks, sample: thinksUnasked };

  for (const place of records) {
    const { row, block, index } = place;
    const flags = column(place, 'flags');
    const status = column(place, 'status');
    const whole = column(place, 'whole');
    if ((flags & flag.edited) !== 0) facts.editedRows++;
    const isOutside = status !== broken && (whole < edits.minTokens || whole > edits.maxTokens);
    if ((flags & flag.dropped) !== 0 || isOutside) {
      facts.droppedRows++;
      continue;
    }
    const end = block.problemEnds[index] ?? 0;
    for (let at = startOf(block.problemEnds, index); at < end; at++) {
      const sample = block.classes[block.problems[at] ?? 0];
      if (sample) counter.add(sample, row);
    }
    if (status === broken) {
      facts.brokenRows++;
      continue;
    }
    const fit = fits[column(place, 'fit')] ?? 'fits';
    const pattern = block.patterns[column(place, 'pattern')] ?? '';
    patterns.set(pattern, (patterns.get(pattern) ?? 0) + 1);
    facts.usableRows++;
    if (status === masked) facts.maskedRows++;
    if (fit === 'nothing_left') facts.truncatedAwayRows++;
    fitCounts[fit]++;
    facts.tokens += (block.idEnds[index] ?? 0) - startOf(block.idEnds, index);
    facts.trainedTokens += column(place, 'trained');
    facts.longestTokens = Math.max(facts.longestTokens, whole);
    facts.longestNeeded = Math.max(facts.longestNeeded, column(place, 'needed'));
    lengths.push(whole);
    if ((flags & thinkMismatch.bit) !== 0) counter.add(thinkMismatch.sample, row);
    const key = block.keys[index] ?? 0n;
    if (seen.has(key)) counter.add(duplicate, row);
    else seen.add(key);
    if (!isTrainable(place)) continue;
    if (dropDuplicates) {
      // The first that can be trained stays: one before it may have been masked.
      if (kept.has(key)) continue;
      kept.add(key);
    }
    candidates.push(row);
  }

  const split = placeRows(candidates, recipe);
  const splitOf = new Uint8Array(records.count);
  for (const name of ['train', 'validation', 'test'] as const)
    for (const row of split[name]) splitOf[row] = splitNames.indexOf(name);
  noteLeaks(records, split, counter);
  return {
    counter,
    rows: records.count,
    ...facts,
    roles: roleCounts(patterns),
    formats: [...new Set(records.blocks.flatMap(({ formats }) => Object.keys(formats)))].sort(),
    stats: { turns: turnCounts(patterns), lengths: lengthFigures(lengths), fits: fitCounts },
    split,
    splitOf,
  };
}

function placeRows(candidates: GrowableInts, { dataset, training }: Recipe): Tally['split'] {
  const split = splitRows(candidates.length, dataset, training.seed);
  const rowsOf = (indices: Uint32Array): Uint32Array => indices.map((index) => candidates.at(index));
  return { train: rowsOf(split.train), validation: rowsOf(split.validation), test: rowsOf(split.test) };
}

const keyOf = ({ block, index }: Place): bigint => block.keys[index] ?? 0n;

/** Notes held-out rows whose conversation is also trained on. */
function noteLeaks(records: Records, split: Tally['split'], counter: ProblemCounter): void {
  if (split.validation.length + split.test.length === 0) return;
  const trained = new Set<bigint>();
  for (const row of split.train) trained.add(keyOf(records.at(row)));
  for (const row of [...split.validation, ...split.test])
    if (trained.has(keyOf(records.at(row)))) counter.add(leaked, row);
}

/** Held-out rows of another file whose conversation stands among these training rows. */
export function leakedRows(heldOut: Records, train: Records, trainRows: Uint32Array): number[] {
  const trained = new Set<bigint>();
  for (const row of trainRows) trained.add(keyOf(train.at(row)));
  const rows: number[] = [];
  for (const place of heldOut) if (isTrainable(place) && trained.has(keyOf(place))) rows.push(place.row);
  return rows;
}

const rolesOf = (pattern: string): string[] => (pattern === '' ? [] : pattern.split(','));

function roleCounts(patterns: Map<string, number>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [pattern, rows] of patterns)
    for (const role of rolesOf(pattern)) counts.set(role, (counts.get(role) ?? 0) + rows);
  return Object.fromEntries(counts);
}

function turnCounts(patterns: Map<string, number>): Record<string, number> {
  const counts = new Map<number, number>();
  for (const [pattern, rows] of patterns) {
    const turns = rolesOf(pattern).length;
    counts.set(turns, (counts.get(turns) ?? 0) + rows);
  }
  return Object.fromEntries([...counts].sort(([one], [other]) => one - other));
}

function lengthFigures(lengths: GrowableInts): DatasetStats['lengths'] {
  const sorted = lengths.view(0, lengths.length).slice().sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const sum = sorted.reduce((total, length) => total + length, 0);
  return {
    min: sorted[0] ?? 0,
    median: at(0.5),
    mean: sorted.length > 0 ? sum / sorted.length : 0,
    p90: at(0.9),
    p99: at(0.99),
    max: sorted.at(-1) ?? 0,
  };
}
