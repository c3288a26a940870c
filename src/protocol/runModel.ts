import type { ModelFacts } from './model';
import type { RunModel } from './run';

/** Whether a run was trained on this model, however its matrices are held. Of a run kept without a fingerprint, by name and size. */
export const isModelOf = (
  { name, parameters, fingerprint }: Pick<RunModel, 'name' | 'parameters' | 'fingerprint'>,
  model: Pick<ModelFacts, 'name' | 'parameters' | 'fingerprint'>,
): boolean =>
  name === model.name && parameters === model.parameters && (fingerprint === null || fingerprint === model.fingerprint);
