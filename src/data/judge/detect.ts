/** Which format a file has, from the columns and values of its first rows; what the recipe says overrules it. */
import type { Detection } from '../../protocol/rows';
import type { Recipe } from '../../recipe/schema';
import { isTurn, turnsRemedy } from './bareTurns';
import { columnNames, sampleRows } from './columnFacts';
import { placesOf } from './messagesTemplate';
import type { Format, FormatRole } from './formats/format';
import { formatOf, formats, rolesOf } from './formats/table';
import { own, type JsonObject } from './problems';
import { fits, isThere } from './shapes';

export type DatasetKeys = Pick<Recipe['dataset'], 'format' | 'columns' | 'messages_template'>;

/** A format tried on the rows. */
interface Candidate {
  format: Format;
  columns: Map<string, string>;
  /** How many of the recipe's `dataset.columns` it knows. */
  mapped: number;
  /** Per row: all needed columns are there and read well. */
  reads: boolean[];
  /** Share of rows that read well, and of those that have the columns whatever is in them. */
  share: number;
  present: number;
  /** How much of the file it explains: more for own names and lists than for usual names. */
  weight: number;
}

const listWeight = 3;
const otherNameWeight = 0.6;
/** A column `text` beside others holds, as a rule, the same row once more, rendered. */
const renderedColumn = 'text';

/**
 * Recognises a file's format. Never throws.
 * @param rows parsed rows from the file's start; the first 200 are looked at. @param fileColumns the file's own list of
 * columns (CSV, Parquet), or null.
 */
export function detectFormat(
  rows: readonly unknown[],
  fileColumns: readonly string[] | null,
  dataset: DatasetKeys,
): Detection {
  const objects = sampleRows(rows);
  const names = columnNames(objects, fileColumns);
  if (dataset.messages_template) return templated(dataset.messages_template, names, dataset);
  if (dataset.format !== 'auto')
    return byRecipe(candidateOf(formatOf(dataset.format), objects, spellings(names), dataset), objects.length, names);

  if (objects.length > 0 && Object.keys(dataset.columns).length === 0 && objects.every(isTurn))
    return {
      ...unknown(objects.length, names),
      reason: `each row is a single turn, not a conversation; ${turnsRemedy}`,
    };
  const spelled = spellings(names);
  const candidates = formats
    .map((format) => candidateOf(format, objects, spelled, dataset))
    .filter(({ present }) => present > 0);
  const score = ({ weight, share, present, mapped }: Candidate): number =>
    mapped * 1000 + weight * (share > 0 ? share : present * 0.01);
  candidates.sort((one, other) => score(other) - score(one));
  const [best, ...others] = candidates;
  if (!best) return unknown(objects.length, names);
  const alternatives = others
    .filter(({ share }) => share > 0)
    .map(({ format, share }) => ({ format: format.name, confidence: rounded(share / 2) }));
  return {
    format: best.format.name,
    confidence: rounded(best.share * certainty(best, others, names, objects)),
    reason: reasonOf(best, others, objects.length),
    columns: Object.fromEntries(best.columns),
    roles: rolesOf(best.format.name),
    alternatives,
    decidedBy: 'file',
  };
}

/** Columns by their names as they are compared. */
function spellings(names: readonly string[]): ReadonlyMap<string, string[]> {
  const byName = new Map<string, string[]>();
  for (const name of names) {
    const key = normal(name);
    const known = byName.get(key);
    if (known) known.push(name);
    else byName.set(key, [name]);
  }
  return byName;
}

function candidateOf(
  format: Format,
  rows: JsonObject[],
  byName: ReadonlyMap<string, string[]>,
  { columns: mapping }: DatasetKeys,
): Candidate {
  const columns = new Map<string, string>();
  let mapped = 0;
  for (const { name } of format.roles) {
    const column = own(mapping, name);
    if (typeof column !== 'string') continue;
    mapped++;
    if (column !== '') columns.set(name, column);
  }
  const taken = new Set(columns.values());
  // Own names go before usual ones, so that no role takes another's column.
  for (const pass of ['own', 'other'] as const) {
    for (const role of format.roles) {
      if (columns.has(role.name) || isUnused(mapping, role.name)) continue;
      const spellings = pass === 'own' ? [role.name] : role.otherNames;
      const column = columnFor(role, spellings, byName, taken, rows);
      if (column === null) continue;
      columns.set(role.name, column);
      taken.add(column);
    }
  }
  const decisive = format.roles.filter(({ name, required }) => required || format.recognisedBy.includes(name));
  const cell = (row: JsonObject, role: FormatRole): unknown => {
    const column = columns.get(role.name);
    return column === undefined ? undefined : own(row, column);
  };
  const isPresent = (row: JsonObject): boolean =>
    decisive.every((role) => isThere(cell(row, role)) || (!role.required && columns.has(role.name)));
  const reads = rows.map(
    (row) => isPresent(row) && decisive.every((role) => !role.required || fits(cell(row, role), role.kind)),
  );
  let weight = 0;
  for (const role of format.roles) {
    const column = columns.get(role.name);
    if (column === undefined) continue;
    const isList = role.kind === 'messages' || role.kind === 'sharegpt';
    const isOwn = normal(column) === normal(role.name) || Object.hasOwn(mapping, role.name);
    const filled = rows.reduce((count, row) => count + Number(isThere(own(row, column))), 0) / Math.max(1, rows.length);
    weight += (isList ? listWeight : 1) * (isOwn ? 1 : otherNameWeight) * filled;
  }
  const share = (flags: boolean[]): number => (rows.length === 0 ? 0 : flags.filter(Boolean).length / rows.length);
  const hasColumns = decisive.every(({ name }) => columns.has(name));
  // Columns that are empty in all of these rows still tell what the file means to be.
  const present = hasColumns ? Math.max(share(rows.map(isPresent)), 0.001) : 0;
  return { format, columns, mapped, reads, share: hasColumns ? share(reads) : 0, present, weight };
}

/** Whether the recipe says that no column fills a role: `dataset.columns` names an empty text for it. */
export const isUnused = (mapping: DatasetKeys['columns'], role: string): boolean => own(mapping, role) === '';

/** The file's column for a role, by its usual names; lists go by what they hold, since formats share their names. */
function columnFor(
  role: FormatRole,
  spellings: readonly string[],
  byName: ReadonlyMap<string, string[]>,
  taken: ReadonlySet<string>,
  rows: JsonObject[],
): string | null {
  const present = spellings.flatMap((spelling) => {
    const names = byName.get(normal(spelling)) ?? [];
    return names.includes(spelling) ? [spelling, ...names.filter((name) => name !== spelling)] : names;
  });
  const free = present.filter((name) => !taken.has(name));
  const fitting = free.find((name) => rows.some((row) => isThere(own(row, name)) && fits(own(row, name), role.kind)));
  // `functions` may be anything; under its own name a column of tools is judged, whatever it holds.
  const isOwn = role.kind !== 'tools' || spellings.includes(role.name);
  return fitting ?? (isOwn ? free[0] : null) ?? null;
}

/** Names are compared without case, spaces, `-` and `_`. */
const normal = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

/** 1, or less where another format reads the same rows and would use a column that this one ignores. */
function certainty(best: Candidate, others: Candidate[], names: string[], rows: JsonObject[]): number {
  const used = new Set([...best.columns.values(), renderedColumn]);
  let doubt = 0;
  for (const other of others) {
    const columns = [...other.columns.values()];
    if (other.mapped < best.mapped || columns.every((column) => used.has(column))) continue;
    const both = other.reads.filter((reads, index) => reads && best.reads[index]).length;
    const well = best.reads.filter(Boolean).length;
    doubt = Math.max(doubt, well === 0 ? 0 : both / well / 2);
  }
  // A lone text column among other texts may as well be half of something.
  const isGuess =
    best.format.name === 'text' &&
    names.some((name) => !used.has(name) && rows.some((row) => typeof own(row, name) === 'string'));
  return 1 - Math.max(doubt, isGuess ? 0.3 : 0);
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

function reasonOf(best: Candidate, others: Candidate[], rowCount: number): string {
  const well = best.reads.filter(Boolean).length;
  const columns = best.format.roles.flatMap(({ name, required }) => (required ? [best.columns.get(name) ?? name] : []));
  const main = `${andList(columns)} in ${well} of ${rowCount} ${rowCount === 1 ? 'row' : 'rows'}`;
  const rival = others.find(({ reads }) => reads.some((readsIt, row) => readsIt && !best.reads[row]));
  if (!rival) return main;
  const apart = rival.reads.filter((readsIt, row) => readsIt && !best.reads[row]).length;
  return `${main}; ${apart} ${apart === 1 ? 'reads' : 'read'} as ${rival.format.name}`;
}

/** The recipe names the format: the file only tells which columns fill its roles. */
function byRecipe({ format, columns }: Candidate, rowCount: number, names: string[]): Detection {
  const lacking = format.roles.filter(({ name, required }) => {
    const column = columns.get(name);
    return required && (column === undefined || (rowCount > 0 && !names.includes(column)));
  });
  const filled = [...columns].map(([role, column]) => `${role} from ${column}`);
  const reason =
    lacking.length === 0
      ? `dataset.format is ${format.name}: ${filled.join(', ')}`
      : `dataset.format is ${format.name}, but no column is known for ${andList(lacking.map(({ name }) => name))}; name it in dataset.columns (the file has ${names.slice(0, 8).join(', ') || 'no columns'})`;
  return {
    format: format.name,
    confidence: 1,
    reason,
    columns: Object.fromEntries(columns),
    roles: rolesOf(format.name),
    alternatives: [],
    decidedBy: 'recipe',
  };
}

/** A message template builds the rows; its places are the roles. */
function templated(
  template: NonNullable<DatasetKeys['messages_template']>,
  names: string[],
  { columns: mapping }: DatasetKeys,
): Detection {
  const places = placesOf(template);
  const columns: Record<string, string> = {};
  for (const place of places) {
    const column = own(mapping, place);
    // A place may be called __proto__, which assignment would not store.
    Object.defineProperty(columns, place, {
      value: typeof column === 'string' && column !== '' ? column : place,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  const lacking = Object.values(columns).filter((column) => names.length > 0 && !names.includes(column));
  const built = `dataset.messages_template builds each row${places.length > 0 ? ` from ${andList(Object.values(columns))}` : ''}`;
  return {
    format: 'messages',
    confidence: 1,
    reason: lacking.length === 0 ? built : `${built}, but the file has no column ${andList(lacking)}`,
    columns,
    roles: places.map((name) => ({ name, required: true, description: `fills {${name}} of the message template` })),
    alternatives: [],
    decidedBy: 'recipe',
  };
}

const unknown = (rowCount: number, names: string[]): Detection => ({
  format: 'messages',
  confidence: 0,
  reason:
    rowCount === 0
      ? 'no row could be looked at'
      : `no known format has the columns ${names.slice(0, 8).join(', ') || '(none)'}; choose a format and say which column is what`,
  columns: {},
  roles: rolesOf('messages'),
  alternatives: [],
  decidedBy: 'file',
});

const andList = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
