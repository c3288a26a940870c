import { TunesmithError } from '../../src/lib/errors';
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
