/** What models are called. Pure. */
import type { ModelSource } from '../protocol/model';
import type { RunModel } from '../protocol/run';

/** A model's name for a person; that of a repository without its owner. */
export const modelName = (source: ModelSource | null): string =>
  source === null || source.kind === 'url' ? 'Built-in' : (source.name.split('/').at(-1) ?? source.name);

/** The same of the model that a kept run was trained on; that of a folder of this computer is in the run itself. */
export const trainedModelName = ({ name, source }: RunModel): string => (source === null ? name : modelName(source));
