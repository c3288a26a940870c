/**
 * The template in force and the one being written: its report, and what it would change in the labels, before it is
 * used. The worker judges both; here is only what was asked last, and what came back for it.
 */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { MaskEffect, TemplateReport, TemplateSource } from '../protocol/dataApi';
import type { templatePresets } from '../recipe/schema';
import { type Recipe } from '../recipe/schema';
import { readSetting, writeSetting } from '../storage/settings';
import { clients } from './clients';
import { useDataset } from './datasetStore';
import { measureEffect } from './measureEffect';
import { mergeRecipe } from './recipePaths';
import { editRecipe, useRecipe } from './recipeStore';
import { announce } from './viewStore';

export type TemplatePreset = (typeof templatePresets)[number];

export type EffectStatus =
  | { kind: 'none' }
  /** `last`: what was known of the text before, shown until the new one is here. */
  | { kind: 'measuring'; last: MaskEffect | null }
  | { kind: 'ready'; effect: MaskEffect }
  | { kind: 'failed'; error: ErrorRecord };

interface TemplateState {
  /** The template that the recipe names; null until it is known. */
  source: TemplateSource | null;
  /** What the worker says of it. */
  report: TemplateReport | null;
  /** Why it can't be had. */
  error: ErrorRecord | null;
  isEditing: boolean;
  /** Text in the editor; null when it is the template in force. */
  draft: string | null;
  draftReport: TemplateReport | null;
  effect: EffectStatus;
  /** Template settings that the last change made here set, as they were before it; null when there is none to undo. */
  before: Partial<Recipe['template']> | null;
}

/** A longer template is refused by the worker; a longer file is not even read. */
const longestFile = 1_000_000;

/** The unused draft of an earlier visit. */
function keptDraft(): string | null {
  const draft = readSetting('templateDraft', null);
  return typeof draft === 'string' && draft.length <= longestFile ? draft : null;
}

export const useTemplate = create<TemplateState>()(() => ({
  source: null,
  report: null,
  error: null,
  isEditing: readSetting('templateEditing', false) === true,
  draft: keptDraft(),
  draftReport: null,
  effect: { kind: 'none' },
  before: null,
}));

/** Typing pauses so long before the text is looked at. */
const pauseMs = 300;
/** Grows with every question; answers to older ones are dropped. */
let asked = 0;
let looked = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Fetches the template that the recipe names, and what is to be said of it. */
export async function loadTemplate(): Promise<void> {
  const mine = ++asked;
  const { recipe } = useRecipe.getState();
  try {
    const source = await clients().data.templateSource(recipe);
    const report = await clients().data.inspectTemplate(source.text, recipe);
    if (mine !== asked) return;
    useTemplate.setState({ source, report, error: null });
    const { draft } = useTemplate.getState();
    if (draft === source.text) useTemplate.setState({ draft: null });
    if (draft !== null && draft !== source.text) await lookAtDraft();
    else useTemplate.setState({ draftReport: null, effect: { kind: 'none' } });
  } catch (error) {
    // A template of another model must not stay in sight as this one's.
    if (mine === asked) useTemplate.setState({ source: null, report: null, error: toErrorRecord(error) });
  }
}

/** The recipe with the draft in force. */
const draftRecipe = (draft: string): Recipe =>
  mergeRecipe(useRecipe.getState().recipe, { 'template.source': 'custom', 'template.text': draft });

/** Has the worker look at the draft: what is wrong with it, and what it would change. */
async function lookAtDraft(): Promise<void> {
  const mine = ++looked;
  const { draft, effect } = useTemplate.getState();
  if (draft === null) {
    useTemplate.setState({ draftReport: null, effect: { kind: 'none' } });
    return;
  }
  const last = effect.kind === 'ready' ? effect.effect : effect.kind === 'measuring' ? effect.last : null;
  useTemplate.setState({ effect: { kind: 'measuring', last } });
  try {
    const recipe = draftRecipe(draft);
    const draftReport = await clients().data.inspectTemplate(draft, recipe);
    if (mine !== looked) return;
    useTemplate.setState({ draftReport });
    if (draftReport.error || useDataset.getState().status.kind !== 'ready') {
      useTemplate.setState({ effect: { kind: 'none' } });
      return;
    }
    const measured = await measureEffect(recipe, () => mine === looked);
    if (measured && mine === looked) useTemplate.setState({ effect: { kind: 'ready', effect: measured } });
  } catch (error) {
    if (mine === looked) useTemplate.setState({ effect: { kind: 'failed', error: toErrorRecord(error) } });
  }
}

/** Puts a text into the editor; it is looked at when typing pauses. A draft outlives a refresh. */
export function editDraft(text: string): void {
  const draft = text === useTemplate.getState().source?.text ? null : text;
  useTemplate.setState({ draft });
  writeSetting('templateDraft', draft);
  // An answer on its way belongs to the text before.
  looked += 1;
  clearTimeout(timer);
  timer = setTimeout(() => void lookAtDraft(), pauseMs);
}

/** Opens or closes the editor. */
export function setEditing(isEditing: boolean): void {
  useTemplate.setState({ isEditing });
  writeSetting('templateEditing', isEditing);
}

/** Sets template settings of the recipe, and remembers what they were. */
function change(template: Partial<Recipe['template']>): void {
  const { template: present } = useRecipe.getState().recipe;
  const before = Object.fromEntries(Object.entries(present).filter(([key]) => key in template));
  for (const [key, value] of Object.entries(template)) editRecipe(`template.${key}`, value);
  useTemplate.setState({ before });
}

/** Puts the draft in force. */
export function applyDraft(): void {
  const { draft } = useTemplate.getState();
  if (draft === null) return;
  clearTimeout(timer);
  change({ text: draft, source: 'custom' });
  writeSetting('templateDraft', null);
  announce('The edited template is in use; rows are labelled anew.');
}

/**
 * Chooses whose template it is. `custom` takes the text last used, or else starts from the one in force; from ChatML
 * where there is none, as with a base model.
 */
export async function chooseTemplate(choice: 'model' | 'custom' | TemplatePreset): Promise<void> {
  dropDraft();
  // A preset left behind would count as what a custom text started from.
  if (choice === 'model') change({ source: 'model', preset: null });
  else if (choice !== 'custom') change({ source: 'preset', preset: choice });
  else {
    setEditing(true);
    const { recipe } = useRecipe.getState();
    const text = recipe.template.text ?? useTemplate.getState().source?.text ?? (await textOfChatml(recipe));
    if (text !== null) change({ text, source: 'custom' });
  }
}

/** The ChatML preset's text; null, with the error in the state, when the worker can't say. */
async function textOfChatml(recipe: Recipe): Promise<string | null> {
  try {
    const chatml = mergeRecipe(recipe, { 'template.source': 'preset', 'template.preset': 'chatml' });
    return (await clients().data.templateSource(chatml)).text;
  } catch (error) {
    useTemplate.setState({ error: toErrorRecord(error) });
    return null;
  }
}

/** Takes the last change made here back; what was set beside it since then stays. */
export function undoTemplate(): void {
  const { before } = useTemplate.getState();
  if (!before) return;
  dropDraft();
  for (const [key, value] of Object.entries(before)) editRecipe(`template.${key}`, value);
  useTemplate.setState({ before: null });
  announce('The template before is in use again.');
}

/** Empties the editor of what was not used. */
export function dropDraft(): void {
  clearTimeout(timer);
  looked += 1;
  writeSetting('templateDraft', null);
  useTemplate.setState({ draft: null, draftReport: null, effect: { kind: 'none' } });
}

/** Reads a template from a file into the editor. Resolves to why it can't be, or null. */
export async function importTemplate(file: File): Promise<string | null> {
  if (file.size > longestFile) return `${file.name}: at most 1 MB, got ${file.size} bytes; a template is a short text`;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    editDraft(text.replace(/\r\n?/g, '\n'));
    return null;
  } catch {
    return `${file.name}: must be UTF-8 text; save it as a .jinja file`;
  }
}
