import { TunesmithError } from '../../src/lib/errors';
import type { LoadChoice } from '../../src/protocol/computeApi';
import type { ModelSource } from '../../src/protocol/model';
import { recipeSchema } from '../../src/recipe/schema';
import { openModelSource } from '../../src/storage/modelSource';
import type { MemoryVerbs } from './memoryVerbs';
import type { Job } from './runTraining';

/** An error of a run; `device/out-of-memory` with settings under which it fits in `data.suggestion`. */
export async function withSuggestion(error: unknown, job: Job, memory: MemoryVerbs): Promise<unknown> {
  if (!(error instanceof TunesmithError) || error.code !== 'device/out-of-memory') return error;
  const suggestion = await memory.suggestAfterFailure(job);
  return new TunesmithError(error.code, error.message, {
    data: { ...error.details.data, suggestion },
    cause: error,
  });
}

/** The same for a model that could not be loaded: settings under which a run of it by default fits; null where none does. */
export async function withLoadSuggestion(
  error: unknown,
  source: ModelSource,
  { dtype = 'auto' }: LoadChoice,
  memory: MemoryVerbs,
): Promise<unknown> {
  if (!(error instanceof TunesmithError) || error.code !== 'device/out-of-memory') return error;
  const suggest = async () =>
    memory.suggest(await openModelSource(source).readJson('config.json'), recipeSchema.parse({ model: { dtype } }));
  // It is of no use to say what else went wrong.
  const suggestion = await suggest().catch(() => null);
  return new TunesmithError(error.code, error.message, {
    data: { ...error.details.data, suggestion },
    cause: error,
  });
}
