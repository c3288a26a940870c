/** Which model the next visit begins with. A token is never part of it. */
import { z } from 'zod';
import type { HubSource, ModelSource } from '../protocol/model';
import { listCachedModels, type CachedModel } from '../storage/modelCache';
import { readSetting, writeSetting } from '../storage/settings';
import { hubSource } from './gallery';
import { builtinSource, useModel } from './modelStore';

const schema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('hub'),
    repository: z.string(),
    revision: z.string(),
    endpoint: z.string(),
    commit: z.string().optional(),
  }),
  z.object({ kind: z.literal('local'), name: z.string() }),
]);
const setting = 'model';

/** Notes the model in use, one of a hub by its commit; the built-in one needs no note. */
export async function rememberModel(source: ModelSource): Promise<void> {
  if (source.kind === 'url') writeSetting(setting, null);
  else if (source.kind === 'hub') {
    const { kind, repository, revision, endpoint, commit } = await pinned(source);
    // Another one may have been opened meanwhile.
    if (useModel.getState().source !== source) return;
    writeSetting(setting, { kind, repository, revision, endpoint, commit });
  } else writeSetting(setting, { kind: 'local', name: source.name });
}

/** A hub's source with the exact commit, where its files are kept under one: the branch may move on. */
export async function pinned(source: HubSource): Promise<HubSource> {
  if (source.commit !== undefined) return source;
  const kept = await listCachedModels().catch((): CachedModel[] => []);
  const commit = kept.find((model) => isKeptAs(model, source))?.commit;
  return commit === undefined ? source : { ...source, commit };
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
  const isMeant = (model: CachedModel): boolean =>
    note.commit === undefined
      ? isKeptAs(model, note)
      : model.commit === note.commit && model.repository === note.repository && model.endpoint === note.endpoint;
  const found = kept.find((model) => model.complete && isMeant(model));
  // Its very commit: neither the network nor a branch that has moved on decides what opens.
  if (found) {
    const source = hubSource(note.repository, note.endpoint, note.revision);
    return { source: { ...source, commit: found.commit }, lost: null };
  }
  return { source: builtinSource(), lost: { name: note.repository, isLocal: false } };
}
