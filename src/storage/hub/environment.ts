/** What the hub's code needs of the platform; tests bring their own. */
import { storageEstimate } from '../keep';
import { webLocks, type Locks } from './locks';
import { opfsStore } from './opfsStore';
import { systemClock, type Clock } from './retry';
import type { Store } from './store';

export interface HubEnvironment {
  fetch: typeof fetch;
  store: Store;
  locks: Locks;
  clock: Clock;
  /** Bytes that this origin uses and may use; null: unknown. */
  estimate(): Promise<{ usedBytes: number; quotaBytes: number } | null>;
  /** A connection that brings nothing for so long is given up and made anew. */
  stallMs: number;
  /** Large files are fetched in pieces of so many bytes, several at a time. */
  pieceBytes: number;
}

let environment: HubEnvironment | null = null;

/** The browser's: files in the origin private file system, Web Locks, the network. */
export function browserHub(): HubEnvironment {
  environment ??= {
    fetch: (input, init) => fetch(input, init),
    store: opfsStore('hub'),
    locks: webLocks,
    clock: systemClock,
    estimate: storageEstimate,
    stallMs: 30_000,
    pieceBytes: 8 << 20,
  };
  return environment;
}
