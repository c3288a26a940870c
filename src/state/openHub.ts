/** A model from a hub: what a person typed is checked, the token handed over, the rest is `openModel`. */
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../lib/errors';
import { checkedEndpoint, checkedRepository, checkedRevision } from '../storage/hub/hubAddress';
import { keepStorage } from '../storage/modelCache';
import { readSetting, writeSetting } from '../storage/settings';
import { clients } from './clients';
import { defaultEndpoint, hubSource } from './gallery';
import { isActive, useRun } from './runStore';
import { openModel } from './openModel';

const setting = 'hubEndpoint';

/** The hub's address: the one a person named, else huggingface.co. */
export function hubEndpoint(): string {
  const named = readSetting(setting, null);
  return typeof named === 'string' ? named : defaultEndpoint;
}

/** Remembers another hub (a mirror, a server of one's own); an empty text goes back to huggingface.co. Throws `model/bad-endpoint`. */
export function setHubEndpoint(typed: string): string {
  const endpoint = typed.trim() === '' ? defaultEndpoint : checkedEndpoint(typed.trim());
  writeSetting(setting, endpoint === defaultEndpoint ? null : endpoint);
  return endpoint;
}

interface HubOrder {
  repository: string;
  /** Empty: `main`. */
  revision?: string;
  /** Handed to the workers, which hold it in memory only; empty: none. */
  token?: string;
  endpoint?: string;
}

/** Why no other model can be opened now, or null. */
export const modelIsHeld = (): string | null =>
  isActive(useRun.getState().status) ? 'A run is under way; another model can be opened when it has ended' : null;

/** Loads a model from the hub. Resolves at once to why it can't, or to null; how the load goes is in the model's store. */
export async function openHubModel(order: HubOrder): Promise<ErrorRecord | null> {
  try {
    const held = modelIsHeld();
    if (held !== null) throw new TunesmithError('train/busy', `model: ${held}`);
    const endpoint = checkedEndpoint(order.endpoint ?? hubEndpoint());
    const repository = checkedRepository(order.repository.trim());
    const revision = checkedRevision(order.revision?.trim() ? order.revision.trim() : 'main');
    const token = order.token?.trim() ?? '';
    if (token !== '') {
      const { compute, data } = clients();
      await Promise.all([compute.setHubToken(endpoint, token), data.setHubToken(endpoint, token)]);
    }
    void keepStorage();
    void openModel(hubSource(repository, endpoint, revision));
    return null;
  } catch (error) {
    return toErrorRecord(error);
  }
}
