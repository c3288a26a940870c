/** The model in use: its weights in the compute worker, its tokenizer and template in the data worker. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { LoadProgress, ModelFacts, ModelSource, TokenizerFacts } from '../protocol/model';
import type { WeightDtype } from '../protocol/memory';
import type { Recipe, RecipeInput } from '../recipe/schema';
import { forgetAdapter } from './adapterStore';
import { callback, clients } from './clients';
import { plural } from './format';
import { modelName } from './modelNames';
import type { RecipeEdits } from './recipePaths';
import { leaves } from './recipePaths';
import { setModelRecommendation, useRecipe } from './recipeStore';
import { RateMeter, type TransferRate } from './transferRate';
import { announce } from './viewStore';

export type WeightsStatus =
  | { kind: 'idle' }
  | { kind: 'loading'; progress: LoadProgress | null; speed: TransferRate; cancelling: boolean }
  | { kind: 'ready'; facts: ModelFacts }
  /** A person ended the load: no model is there. What was downloaded is kept. */
  | { kind: 'cancelled' }
  | { kind: 'failed'; error: ErrorRecord };

export type TokenizerStatus =
  | { kind: 'idle' }
  | { kind: 'loading' }
  | { kind: 'ready'; facts: TokenizerFacts; specialIds: ReadonlySet<number> }
  | { kind: 'failed'; error: ErrorRecord };

interface ModelState {
  source: ModelSource | null;
  weights: WeightsStatus;
  tokenizer: TokenizerStatus;
  /** What the weights were asked to be kept as (recipe `model.dtype`) when they were loaded last. */
  dtype: Recipe['model']['dtype'];
  /** The model of the last visit, where it could not be opened again by itself. */
  lost: { name: string; isLocal: boolean } | null;
}

export const useModel = create<ModelState>()(() => ({
  source: null,
  weights: { kind: 'idle' },
  tokenizer: { kind: 'idle' },
  dtype: 'auto',
  lost: null,
}));

/** An address beside the page, whatever path the page is served under. */
export const siteUrl = (path: string): string => new URL(path, document.baseURI).href;

export const builtinSource = (): ModelSource => ({ kind: 'url', baseUrl: siteUrl('models/builtin/'), name: 'builtin' });

/** What follows from a model for the recipe: its name, and for the built-in one its own values (`recipe.json` beside its weights). */
async function recommendedBy(source: ModelSource): Promise<RecipeEdits> {
  if (source.kind === 'hub') return { 'model.id': source.repository, 'model.revision': source.revision };
  if (source.kind !== 'url') return { 'model.id': source.name };
  const response = await fetch(`${source.baseUrl}recipe.json`);
  if (!response.ok || !(response.headers.get('content-type') ?? 'json').includes('json')) return {};
  return leaves((await response.json()) as RecipeInput);
}

/** Grow with every order: answers that belong to an older one are dropped. */
let tokenizerOrders = 0;
let weightOrders = 0;

/** Opens tokenizer and template, which data needs; quick. Resolves to whether it worked. */
export async function openTokenizer(source: ModelSource): Promise<boolean> {
  const mine = ++tokenizerOrders;
  useModel.setState({ source, tokenizer: { kind: 'loading' } });
  try {
    const [facts, recommendation] = await Promise.all([clients().data.openModel(source), recommendedBy(source)]);
    if (mine !== tokenizerOrders) return false;
    setModelRecommendation(recommendation);
    const specialIds = new Set(facts.specialTokens.map((token) => token.id));
    useModel.setState({ tokenizer: { kind: 'ready', facts, specialIds } });
    return true;
  } catch (error) {
    if (mine === tokenizerOrders) useModel.setState({ tokenizer: { kind: 'failed', error: toErrorRecord(error) } });
    return false;
  }
}

/** Resolves as soon as the tokenizer's status is one that `isWanted`. */
export function tokenizerIs(isWanted: (kind: TokenizerStatus['kind']) => boolean): Promise<void> {
  return new Promise((resolve) => {
    let stop: () => void = () => undefined;
    const look = (): void => {
      if (!isWanted(useModel.getState().tokenizer.kind)) return;
      stop();
      resolve();
    };
    stop = useModel.subscribe(look);
    look();
  });
}

const nothingKnown: TransferRate = { rate: null, secondsLeft: null };

/** Follows a load's progress as long as it is the one that counts. */
function followLoad(mine: number): (progress: LoadProgress) => void {
  let meter = new RateMeter();
  let phase: LoadProgress['phase'] | null = null;
  return callback((progress: LoadProgress) => {
    const { weights } = useModel.getState();
    if (mine !== weightOrders || weights.kind !== 'loading') return;
    if (progress.phase !== phase) meter = new RateMeter();
    phase = progress.phase;
    const speed = meter.at(progress.loadedBytes, progress.totalBytes);
    useModel.setState({ weights: { ...weights, progress, speed } });
  });
}

/**
 * Loads the weights in place of those there are, with progress; a load that is under way ends. Resolves to whether it
 * worked. @param exact holds them so, whatever the recipe says: a run goes on with the weights it began with.
 */
export async function loadWeights(source: ModelSource, exact?: WeightDtype): Promise<boolean> {
  const mine = ++weightOrders;
  const { dtype } = useRecipe.getState().recipe.model;
  const isBusy = useModel.getState().weights.kind === 'loading';
  const loading = { kind: 'loading', progress: null, speed: nothingKnown, cancelling: false } as const;
  useModel.setState({ source, weights: loading, dtype });
  forgetAdapter();
  try {
    if (isBusy) await clients().compute.cancelLoad();
    const facts = await clients().compute.loadModel(source, { dtype: exact ?? dtype }, followLoad(mine));
    if (mine !== weightOrders) return false;
    useModel.setState({ weights: { kind: 'ready', facts } });
    announce(`Model ${modelName(source)} loaded: ${plural(facts.parameters, 'parameter')}.`);
    return true;
  } catch (error) {
    if (mine !== weightOrders) return false;
    const record = toErrorRecord(error);
    const isCancelled = record.code === 'model/cancelled';
    useModel.setState({ weights: isCancelled ? { kind: 'cancelled' } : { kind: 'failed', error: record } });
    announce(isCancelled ? 'Loading the model was cancelled.' : `The model could not be loaded: ${record.message}`);
    return false;
  }
}

/** The compute worker was restarted: it holds no model, and what the old one was loading does not count. */
export function forgetWeights(): void {
  weightOrders += 1;
  useModel.setState({ weights: { kind: 'idle' } });
}

/** Ends the load that is under way; what was downloaded is kept and goes on from there. */
export async function cancelLoading(): Promise<void> {
  const { weights } = useModel.getState();
  if (weights.kind !== 'loading') return;
  useModel.setState({ weights: { ...weights, cancelling: true } });
  await clients().compute.cancelLoad();
}
