/** How the file in use is read: commands behind the format line, the table header and the role list. */
import type { DatasetSummary, Detection, FileKind } from '../protocol/rows';
import type { Recipe } from '../recipe/schema';
import { relabelIfNeeded } from './datasetStore';
import { percent } from './format';
import { editRecipe, resetRecipe, useRecipe } from './recipeStore';
import { setNotice } from './viewStore';
import { TunesmithError } from '../lib/errors';

/** Sets values of the recipe and labels anew, at once. */
function set(values: Record<string, unknown>): void {
  for (const [path, value] of Object.entries(values)) {
    const problem = editRecipe(path, value);
    if (problem !== null) setNotice(new TunesmithError('recipe/invalid', `${path}: ${problem}; choose another value`));
  }
  void relabelIfNeeded();
}

/** Reads the file as another format; `auto` recognises it again. Columns are mapped anew: roles differ. */
export function chooseFormat(format: string): void {
  resetRecipe('dataset.columns');
  set({ 'dataset.format': format });
}

/**
 * Gives a column a role of the format, or none. A role has one column and a column one role. The format is fixed with
 * it, so that the roles stay those that the person saw.
 */
export function mapColumn(detection: Detection, column: string, role: string | null): void {
  const { columns } = useRecipe.getState().recipe.dataset;
  set({ 'dataset.format': detection.format, 'dataset.columns': mappedColumns(detection, columns, column, role) });
}

/**
 * `dataset.columns` after a column was given a role, or none (null). A role whose column was taken away is named with an
 * empty text: without it the column would be found again by its name.
 */
export function mappedColumns(
  detection: Detection,
  before: Readonly<Record<string, string>>,
  column: string,
  role: string | null,
): Record<string, string> {
  // What was chosen before this may not have been read yet: it stands over what was found.
  const others = Object.entries({ ...detection.columns, ...before }).filter(([one]) => one !== role);
  const kept = others.map(([one, mapped]): [string, string] => [one, mapped === column ? '' : mapped]);
  return Object.fromEntries([...kept, ...(role === null ? [] : [[role, column] as const])]);
}

/** Back to what was recognised: format, columns, roles and message template. */
export function forgetMapping(): void {
  for (const path of ['format', 'columns', 'role_map', 'messages_template']) resetRecipe(`dataset.${path}`);
  void relabelIfNeeded();
}

/** Reads a role of the file as a role of the template; null leaves it as it is. */
export function mapRole(from: string, to: string | null): void {
  const map = { ...useRecipe.getState().recipe.dataset.role_map };
  delete map[from];
  set({ 'dataset.role_map': to === null ? map : { ...map, [from]: to } });
}

export type MessageTurn = NonNullable<Recipe['dataset']['messages_template']>[number];

/** Builds conversations out of columns; null reads the format's own roles again. */
export function setMessagesTemplate(turns: MessageTurn[] | null): void {
  const error = editRecipe('dataset.messages_template', turns?.length === 0 ? null : turns);
  if (error !== null) setNotice(new TunesmithError('recipe/invalid', `dataset.messages_template: ${error}; change it`));
}

/** A first message template for columns nobody knows: the first text column asks, the last one answers. */
export function suggestedTurns({ columns }: DatasetSummary): MessageTurn[] {
  const texts = columns.filter(({ type }) => type.includes('text'));
  const place = (name: string | undefined): string => (name === undefined ? '' : columnPlace(name));
  return [
    { role: 'user', content: place(texts[0]?.name) },
    { role: 'assistant', content: place(texts.length > 1 ? texts.at(-1)?.name : undefined) },
  ];
}

/** The place of a column in a message template. */
export const columnPlace = (column: string): string => `{${column}}`;

/** Required roles that no column fills; none while a message template says how rows are built. */
export const unmappedRoles = ({ detection }: DatasetSummary, { dataset }: Recipe): string[] =>
  dataset.messages_template
    ? []
    : detection.roles
        .filter(({ name, required }) => required && !Object.hasOwn(detection.columns, name))
        .map(({ name }) => name);

/** Below this the mapping is shown without asking. */
const sureEnough = 0.7;

/** Whether a person has to say how the file is read. */
export const needsMapping = (summary: DatasetSummary, recipe: Recipe): boolean =>
  recipe.dataset.messages_template === null &&
  (summary.detection.confidence < sureEnough || unmappedRoles(summary, recipe).length > 0);

/** Whether the rows look like any format at all. */
export const isRecognised = ({ confidence }: Detection): boolean => confidence >= 0.01;

/** Confidence in a word. */
export const confidenceWord = (confidence: number): string =>
  confidence >= 0.95 ? 'sure' : confidence >= 0.7 ? 'likely' : 'unsure';

const kindNames: Record<FileKind, string> = {
  jsonl: 'JSONL',
  json: 'JSON array',
  csv: 'CSV',
  tsv: 'TSV',
  parquet: 'Parquet',
};

export const formatName = (format: string): string => format.replaceAll('_', ' ');

/** "JSONL, gzipped · messages · sure (100 %)". */
export function formatLine({ kind, compression, detection, format }: DatasetSummary, isBuilt: boolean): string {
  const file = `${kindNames[kind]}${compression === 'gzip' ? ', gzipped' : ''}`;
  const { decidedBy, confidence } = detection;
  if (!isBuilt && decidedBy === 'file' && !isRecognised(detection)) return `${file} · not recognised`;
  const read = isBuilt ? 'message template' : formatName(format);
  const how = isBuilt
    ? 'as you built it'
    : decidedBy === 'recipe'
      ? 'as you chose'
      : `${confidenceWord(confidence)} (${percent(confidence, 1).replace(' ', '\u00a0')})`;
  return `${file} · ${read} · ${how}`;
}
