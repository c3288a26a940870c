/**
 * The memory that a run by the present recipe, on the present rows, would need; where that is more than there is, the settings
 * that would fit, and what they were before a person took them over. Made anew when something changes that it depends on, while
 * somebody looks and no run needs the worker.
 */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { FitSuggestion, MemoryForecast, RunRows } from '../protocol/memory';
import type { Recipe } from '../recipe/schema';
import { clients } from './clients';
import { useDataset } from './datasetStore';
import { useDevice } from './deviceStore';
import { plural } from './format';
import { memoryLimit, useMemoryLimit } from './memoryLimit';
import { useModel } from './modelStore';
import { sameValue, valueAt, type RecipeEdits } from './recipePaths';
import { editRecipe, useRecipe } from './recipeStore';
import { isActive, useRun } from './runStore';
import { announce } from './viewStore';

interface RunForecast {
  /** Of the present recipe; null until it is made, and where it failed. */
  forecast: MemoryForecast | null;
  error: ErrorRecord | null;
  /** Where the run does not simply fit; undefined while it is being worked out, null where no settings fit. */
  suggestion: FitSuggestion | null | undefined;
  /** Settings that were taken over: what they were, and are. */
  taken: { before: RecipeEdits; after: RecipeEdits } | null;
}

const nothing: RunForecast = { forecast: null, error: null, suggestion: undefined, taken: null };
export const useRunForecast = create<RunForecast>()(() => nothing);

/** Knobs are typed digit by digit. */
const pauseMs = 300;

/** What a forecast is of; null while something is missing, or a run goes on. */
function subject(): { key: string; recipe: Recipe; version: number } | null {
  const { status: dataset, version } = useDataset.getState();
  const { status: device } = useDevice.getState();
  const { weights } = useModel.getState();
  const { status: run } = useRun.getState();
  const isSettled = dataset.kind === 'ready' && !dataset.relabelling && dataset.refusal === null;
  if (!isSettled || device.kind !== 'ready' || weights.kind !== 'ready' || isActive(run)) return null;
  const { recipe } = useRecipe.getState();
  const { adapter, training, model, generation } = recipe;
  const { name, weightDtype } = weights.facts;
  const ended = 'runId' in run ? run.runId : '';
  const held = [device.facts.backend, device.facts.adapter, memoryLimit(), name, weightDtype, ended];
  const asked = [adapter, training, model.dtype, generation.max_new_tokens, recipe.dataset.shuffle];
  return { key: JSON.stringify([version, held, asked]), recipe, version };
}

/** The lengths of the present rows, asked for once a version of the data. */
let lengths: { version: number; rows: Promise<RunRows> } | null = null;

function rowsOf(version: number): Promise<RunRows> {
  if (lengths?.version !== version) lengths = { version, rows: clients().data.runRows() };
  return lengths.rows;
}

/** What the present state is of, or is being made of. */
let madeFor: string | null = null;
/** What the forecast in the state is of. */
let shownFor: string | null = null;

/** Makes the forecast anew where it is out of date, and then the settings that fit. Stays until both are there. */
export async function refreshForecast(): Promise<void> {
  const of = subject();
  if (!of || of.key === madeFor) return;
  madeFor = of.key;
  const isCurrent = (): boolean => madeFor === of.key;
  const { compute } = clients();
  try {
    const rows = await rowsOf(of.version);
    const forecast = await compute.forecastMemory(null, of.recipe, rows);
    if (!isCurrent()) return;
    shownFor = of.key;
    useRunForecast.setState({ forecast, error: null, suggestion: undefined });
    if (forecast.verdict === 'fits') return;
    const suggestion = await compute.suggestFit(null, of.recipe, rows);
    if (isCurrent()) useRunForecast.setState({ suggestion });
  } catch (error) {
    lengths = null;
    if (isCurrent()) useRunForecast.setState({ forecast: null, error: toErrorRecord(error), suggestion: undefined });
  }
}

/** Forgets what the model in use would take; settings that were taken over stay. */
function forget(): void {
  madeFor = shownFor = null;
  useRunForecast.setState({ forecast: null, error: null, suggestion: undefined });
}

/** Keeps the forecast up to date; returns the way to stop. */
export function followForecast(): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const soon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void refreshForecast(), pauseMs);
  };
  const stops = [useDataset, useDevice, useModel, useRecipe, useRun, useMemoryLimit].map((store) =>
    store.subscribe(soon),
  );
  stops.push(
    useModel.subscribe(({ source }, before) => {
      // What another model takes would be read as what the new one does, for as long as that is being loaded.
      if (source !== before.source && before.source !== null) forget();
    }),
  );
  soon();
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

/** Bytes that a run begun now is forecast to need; null where nobody knows. */
export async function forecastForRun(): Promise<number | null> {
  const of = subject();
  if (!of) return null;
  const { forecast } = useRunForecast.getState();
  if (forecast && of.key === shownFor) return forecast.total;
  try {
    const made = await clients().compute.forecastMemory(null, of.recipe, await rowsOf(of.version));
    if (made.verdict === 'fits') {
      // None is made while the run goes on: without this, that of the settings before would stand beside it.
      shownFor = of.key;
      useRunForecast.setState({ forecast: made, error: null, suggestion: undefined });
    }
    return made.total;
  } catch {
    return null;
  }
}

/** Takes over settings that fit; {@link undoSettings} is the way back. */
export function applySuggestion({ changes }: FitSuggestion): void {
  const { recipe } = useRecipe.getState();
  const before = Object.fromEntries(changes.map(({ path }) => [path, valueAt(recipe, path)]));
  const after = Object.fromEntries(changes.map(({ path, to }) => [path, to]));
  for (const [path, value] of Object.entries(after)) editRecipe(path, value);
  useRunForecast.setState({ taken: { before, after } });
  announce(`${plural(changes.length, 'setting')} changed so that the run fits.`);
}

/** Puts back what {@link applySuggestion} changed. */
export function undoSettings(): void {
  const { taken } = useRunForecast.getState();
  for (const [path, value] of Object.entries(taken?.before ?? {})) editRecipe(path, value);
  useRunForecast.setState({ taken: null });
  announce('Settings are as they were.');
}

/** Whether settings that were taken over are all still in force. */
export const isTaken = ({ taken }: RunForecast, recipe: Recipe): boolean =>
  taken !== null && Object.entries(taken.after).every(([path, value]) => sameValue(valueAt(recipe, path), value));

/** Forgets everything (tests). */
export function resetForecast(): void {
  forget();
  lengths = null;
  useRunForecast.setState(nothing);
}
