/** Which model the next visit begins with. A token is never part of it. */
import { z } from 'zod';
import type { ModelSource } from '../protocol/model';
import { listCachedModels, type CachedModel } from '../storage/modelCache';
import { readSetting, writeSetting } from '../storage/settings';
import { hubSource } from './gallery';
import { builtinSource } from './modelStore';

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('hub'), repository: z.string(), revision: z.string(), endpoint: z.string() }),
  z.object({ kind: z.literal('local'), name: z.string() }),
]);
const setting = 'model';

/** Notes the model in use; the built-in one needs no note. */
export function rememberModel(source: ModelSource): void {
  if (source.kind === 'url') writeSetting(setting, null);
  else if (source.kind === 'hub') {
    const { kind, repository, revision, endpoint } = source;
    writeSetting(setting, { kind, repository, revision, endpoint });
  } else writeSetting(setting, { kind: 'local', name: source.name });
}

/** Whether a kept model is the one that this source means. */
export const isKeptAs = (
  model: CachedModel,
  source: { repository: string; revision: string; endpoint: string },
): boolean =>
  model.repository === source.repository &&
  model.endpoint === source.endpoint &&
  (model.revision === source.revision || model.commit === source.revision);

/**
 * The model to begin with. One of a hub only where all of it is kept: a visit must not begin with a download that nobody asked
 * for. `lost` names the model of the last visit where that can't be opened again by itself.
 */
export async function firstModel(): Promise<{ source: ModelSource; lost: { name: string; isLocal: boolean } | null }> {
  const note = schema.safeParse(readSetting(setting, null)).data;
  if (!note) return { source: builtinSource(), lost: null };
  if (note.kind === 'local') return { source: builtinSource(), lost: { name: note.name, isLocal: true } };
  const kept = await listCachedModels().catch((): CachedModel[] => []);
  if (kept.some((model) => model.complete && isKeptAs(model, note)))
    return { source: hubSource(note.repository, note.endpoint, note.revision), lost: null };
  return { source: builtinSource(), lost: { name: note.repository, isLocal: false } };
}
