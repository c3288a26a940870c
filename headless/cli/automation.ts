import type { ComputeApi } from '../../src/protocol/computeApi';
import type { DataApi } from '../../src/protocol/dataApi';

/** What the page opened with `?automation` offers as `globalThis.tunesmith`: the very workers that the page calls. */
export interface Automation {
  compute: ComputeApi;
  data: DataApi;
  /** comlink's `proxy`: marks a callback that is to be called across the thread. */
  proxy: <T extends object>(callback: T) => T;
  /** Settles when the workers can be called. */
  ready: Promise<unknown>;
}

/** Globals of the page that the driver puts there for its own functions. */
export interface PageGlobals {
  /** Sends a message to the driver; messages keep their order. Resolves with what the driver's listener answers. */
  tunesmithEmit: (kind: string, payload: unknown) => Promise<unknown>;
}
