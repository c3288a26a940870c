import { canonicalJson } from '../../src/engine/train/recipeHash';
import { sha256 } from '../../src/lib/sha256';
import type { DeviceFacts } from '../../src/protocol/device';
import type { ModelFacts } from '../../src/protocol/model';
import type { KeepRequest, RunControlKind, RunModel, RunRecord } from '../../src/protocol/run';
import type { TrainEventBody } from '../../src/protocol/training';
import type { Recipe } from '../../src/recipe/schema';

/** What a run's record is made of when it begins. */
export interface RecordSource {
  runId: string;
  keep: KeepRequest;
  /** Complete. */
  recipe: Recipe;
  start: Extract<TrainEventBody, { event: 'start' }>;
  examplesHash: string;
  validationRows: number;
  model: ModelFacts;
  device: DeviceFacts;
  control: RunControlKind | null;
  startsFresh: boolean;
}

/** The record of a run that begins now. The loaded model's own facts win over what the page calls it. */
export async function newRecord(from: RecordSource, now = Date.now()): Promise<RunRecord> {
  const { keep, recipe, start, examplesHash, control, device } = from;
  const { name, parameters, fingerprint, weightDtype } = from.model;
  const model: RunModel = { name, parameters, fingerprint, weightDtype, source: keep.model.source };
  return {
    version: 1,
    id: from.runId,
    configHash: await configHash({ recipe, examplesHash, model, control, parent: keep.parent }),
    status: 'running',
    error: null,
    recipe,
    recipeHash: start.recipe_hash,
    dataHash: start.data_hash,
    dataName: keep.dataName,
    examplesHash,
    changesHash: keep.changesHash,
    model,
    device: { backend: device.backend, adapter: device.adapter },
    trainableParameters: start.trainable_parameters,
    rows: start.rows,
    validationRows: from.validationRows,
    totalSteps: start.steps,
    steps: 0,
    bestStep: null,
    checkpoints: [],
    trainingMs: 0,
    forecastBytes: keep.forecastBytes,
    peakBytes: null,
    parent: keep.parent,
    control,
    startsFresh: from.startsFresh,
    createdAt: now,
    updatedAt: now,
  };
}

/** {@link RunRecord.configHash}. */
export function configHash({
  recipe,
  examplesHash,
  model,
  control,
  parent,
}: Pick<RunRecord, 'recipe' | 'examplesHash' | 'model' | 'control' | 'parent'>): Promise<string> {
  const { name, parameters, fingerprint, weightDtype } = model;
  const config = {
    recipe,
    examplesHash,
    model: { name, commit: commitOf(model), parameters, fingerprint, weightDtype },
    control,
    parent,
  };
  return sha256(new TextEncoder().encode(canonicalJson(config)));
}

/** The commit of a hub's model, where it is known. */
export const commitOf = ({ source }: RunModel): string | null =>
  source?.kind === 'hub' ? (source.commit ?? null) : null;
