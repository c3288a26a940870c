/**
 * `?automation`: the page loads neither model nor sample by itself and hands its workers to whoever drives the browser,
 * so that the command line computes with the very code the page runs.
 */
import { proxy } from 'comlink';
import { cachedBytes, deleteCachedModel, listCachedModels } from '../storage/modelCache';
import { clients, type Clients } from './clients';

export interface AutomationHook extends Clients {
  /** comlink's `proxy`, for callbacks. */
  proxy: typeof proxy;
  /** The downloaded models. */
  cache: typeof cache;
  ready: true;
}

const cache = { list: listCachedModels, remove: deleteCachedModel, bytes: cachedBytes };

declare global {
  var tunesmith: AutomationHook | undefined;
}

/** Whether the address asks for automation. */
export const isAutomated = (): boolean => new URLSearchParams(location.search).has('automation');

/** Exposes `globalThis.tunesmith`. */
export function exposeAutomation(): void {
  const { compute, data } = clients();
  globalThis.tunesmith = { compute, data, proxy, cache, ready: true };
}
