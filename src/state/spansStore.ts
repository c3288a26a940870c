/** Which text is trained: the rules of other programs as presets, and any two of them laid over each other. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { MaskEffect, SpanPreset } from '../protocol/dataApi';
import type { RowView } from '../protocol/rows';
import { clients } from './clients';
import { useDataset } from './datasetStore';
import { measureEffect } from './measureEffect';
import { mergeRecipe, valueAt } from './recipePaths';
import { editRecipe, useRecipe } from './recipeStore';
import { announce } from './viewStore';

/** One side of a comparison. */
export interface ComparedSide {
  preset: SpanPreset;
  row: RowView;
  effect: MaskEffect;
}

export type Comparison =
  | { kind: 'none' }
  | { kind: 'working'; last: { a: ComparedSide; b: ComparedSide } | null }
  | { kind: 'ready'; a: ComparedSide; b: ComparedSide }
  | { kind: 'failed'; error: ErrorRecord };

interface SpansState {
  /** Null until they are known. */
  presets: SpanPreset[] | null;
  error: ErrorRecord | null;
  /** Ids of the two presets to compare; null while nothing is compared. */
  pair: { a: string; b: string } | null;
  comparison: Comparison;
  /** Recipe values before the last preset was applied here; null when there is none to undo. */
  before: { name: string; values: Record<string, unknown> } | null;
}

export const useSpans = create<SpansState>()(() => ({
  presets: null,
  error: null,
  pair: null,
  comparison: { kind: 'none' },
  before: null,
}));

let asked = 0;
let compared = 0;

/** Fetches the presets for the present model and recipe, and compares the chosen two anew. */
export async function loadSpans(): Promise<void> {
  const mine = ++asked;
  try {
    const presets = await clients().data.spanPresets(useRecipe.getState().recipe);
    if (mine !== asked) return;
    useSpans.setState({ presets, error: null });
    await compareAgain();
  } catch (error) {
    if (mine === asked) useSpans.setState({ error: toErrorRecord(error) });
  }
}

/** Puts a preset in force: all its recipe values. */
export function applyPreset(preset: SpanPreset): void {
  const { recipe } = useRecipe.getState();
  const values = Object.fromEntries(Object.keys(preset.patch).map((path) => [path, valueAt(recipe, path)]));
  for (const [path, value] of Object.entries(preset.patch)) editRecipe(path, value);
  useSpans.setState({ before: { name: preset.name, values } });
  announce(`${preset.name}: in force; rows are labelled anew.`);
}

/** Back to the values before the last preset was applied. */
export function undoPreset(): void {
  const { before } = useSpans.getState();
  if (!before) return;
  for (const [path, value] of Object.entries(before.values)) editRecipe(path, value);
  useSpans.setState({ before: null });
  announce('The span rule before is in force again.');
}

/** The two to begin with: the one in force and the first other that can be had. */
export function firstPair(presets: readonly SpanPreset[]): { a: string; b: string } | null {
  const able = presets.filter((preset) => preset.unavailable === null);
  const a = able.find((preset) => preset.inForce) ?? able[0];
  const b = able.find((preset) => preset !== a);
  return a && b ? { a: a.id, b: b.id } : null;
}

/** Chooses the two presets to compare; null ends the comparison. */
export function compare(pair: SpansState['pair']): void {
  useSpans.setState({ pair, ...(pair ? {} : { comparison: { kind: 'none' } }) });
  void compareAgain();
}

async function sideOf(preset: SpanPreset, row: number, isWanted: () => boolean): Promise<ComparedSide | null> {
  const recipe = mergeRecipe(useRecipe.getState().recipe, preset.patch);
  const [view, effect] = await Promise.all([clients().data.previewRow(row, recipe), measureEffect(recipe, isWanted)]);
  return effect && { preset, row: view, effect };
}

/** Compares the chosen two on the selected row and over a sample; what was shown stays until the answer is here. */
export async function compareAgain(): Promise<void> {
  const mine = ++compared;
  const { pair, presets, comparison } = useSpans.getState();
  const first = presets?.find((preset) => preset.id === pair?.a);
  const second = presets?.find((preset) => preset.id === pair?.b);
  const { status, selected } = useDataset.getState();
  if (!pair || !first || !second || status.kind !== 'ready' || status.summary.rows === 0) {
    useSpans.setState({ comparison: { kind: 'none' } });
    return;
  }
  const last = comparison.kind === 'ready' ? comparison : comparison.kind === 'working' ? comparison.last : null;
  useSpans.setState({ comparison: { kind: 'working', last } });
  try {
    const isWanted = (): boolean => mine === compared;
    const [a, b] = await Promise.all([first, second].map((preset) => sideOf(preset, selected, isWanted)));
    if (a && b && isWanted()) useSpans.setState({ comparison: { kind: 'ready', a, b } });
  } catch (error) {
    if (mine === compared) useSpans.setState({ comparison: { kind: 'failed', error: toErrorRecord(error) } });
  }
}
