/** The model in use: its weights in the compute worker, its tokenizer and template in the data worker. */
import { create } from 'zustand';
import { toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { LoadProgress, ModelFacts, ModelSource, TokenizerFacts } from '../protocol/model';
import { callback, clients } from './clients';
import type { RecipeEdits } from './recipePaths';
import { leaves } from './recipePaths';
import type { RecipeInput } from '../recipe/schema';
import { setModelRecommendation } from './recipeStore';
import { announce } from './viewStore';
import { forgetAdapter } from './adapterStore';
import { plural } from './format';

export type WeightsStatus =
  | { kind: 'idle' }
  | { kind: 'loading'; progress: LoadProgress | null }
  | { kind: 'ready'; facts: ModelFacts }
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
}

export const useModel = create<ModelState>()(() => ({
  source: null,
  weights: { kind: 'idle' },
  tokenizer: { kind: 'idle' },
}));

/** An address beside the page, whatever path the page is served under. */
export const siteUrl = (path: string): string => new URL(path, document.baseURI).href;

export const builtinSource = (): ModelSource => ({ kind: 'url', baseUrl: siteUrl('models/builtin/'), name: 'builtin' });

/** The built-in model's own recipe (`recipe.json` beside its weights); none where there is none. */
async function recommendedBy(source: ModelSource): Promise<RecipeEdits> {
  if (source.kind !== 'url') return { 'model.id': source.name };
  const response = await fetch(`${source.baseUrl}recipe.json`);
  if (!response.ok || !(response.headers.get('content-type') ?? 'json').includes('json')) return {};
  return leaves((await response.json()) as RecipeInput);
}

/** Opens tokenizer and template, which data needs; quick. Resolves to whether it worked. */
export async function openTokenizer(source: ModelSource): Promise<boolean> {
  useModel.setState({ source, tokenizer: { kind: 'loading' } });
  try {
    const [facts, recommendation] = await Promise.all([clients().data.openModel(source), recommendedBy(source)]);
    setModelRecommendation(recommendation);
    const specialIds = new Set(facts.specialTokens.map((token) => token.id));
    useModel.setState({ tokenizer: { kind: 'ready', facts, specialIds } });
    return true;
  } catch (error) {
    useModel.setState({ tokenizer: { kind: 'failed', error: toErrorRecord(error) } });
    return false;
  }
}

/** Loads the weights, with progress. Resolves to whether it worked. */
export async function loadWeights(source: ModelSource): Promise<boolean> {
  useModel.setState({ weights: { kind: 'loading', progress: null } });
  forgetAdapter();
  try {
    const facts = await clients().compute.loadModel(
      source,
      {},
      callback((progress: LoadProgress) => {
        if (useModel.getState().weights.kind === 'loading')
          useModel.setState({ weights: { kind: 'loading', progress } });
      }),
    );
    useModel.setState({ weights: { kind: 'ready', facts } });
    announce(`Model ${facts.name} loaded: ${plural(facts.parameters, 'parameter')}.`);
    return true;
  } catch (error) {
    useModel.setState({ weights: { kind: 'failed', error: toErrorRecord(error) } });
    return false;
  }
}

/** A model folder from this computer: its files, by their names inside the folder. */
export function folderSource(files: File[]): ModelSource {
  const folder = files[0]?.webkitRelativePath.split('/')[0];
  return { kind: 'files', files, name: folder === undefined || folder === '' ? 'folder' : folder };
}
