/** A store in memory, for tests; like the browser's, a file has one writer at a time. */
import { TunesmithError } from '../../../lib/errors';
import type { Store } from '../store';

export interface MemoryStore extends Store {
  /** Writes beyond this many bytes in all are refused, as a browser's quota does. */
  quotaBytes: number;
  usedBytes(): number;
}

interface Content {
  room: Uint8Array<ArrayBuffer>;
  /** Bytes of `room` that are the file; the rest is zero. */
  size: number;
}

export function memoryStore(): MemoryStore {
  const files = new Map<string, Content>();
  const busy = new Set<string>();
  const refuse = (name: string): void => {
    if (busy.has(name)) throw new TunesmithError('storage/busy', `${name}: is being written`);
  };
  const store: MemoryStore = {
    quotaBytes: Infinity,
    usedBytes: () => [...files.values()].reduce((sum, { size }) => sum + size, 0),
    names: () => Promise.resolve([...files.keys()]),
    file: (name) => {
      const content = files.get(name);
      return Promise.resolve(content ? new Blob([content.room.subarray(0, content.size)]) : null);
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a refusal rejects
    open: async (name) => {
      refuse(name);
      busy.add(name);
      const content = files.get(name) ?? { room: new Uint8Array(0), size: 0 };
      files.set(name, content);
      const resize = (size: number): void => {
        if (size > content.room.length) {
          const room = new Uint8Array(Math.max(size, 2 * content.room.length));
          room.set(content.room.subarray(0, content.size));
          content.room = room;
        } else content.room.fill(0, size, content.size);
        content.size = size;
      };
      return {
        sizeBytes: () => content.size,
        read: (start, end) => content.room.slice(start, Math.min(end, content.size)),
        write(part, at) {
          const size = Math.max(content.size, at + part.length);
          if (store.usedBytes() + size - content.size > store.quotaBytes)
            throw new TunesmithError('storage/quota', 'storage: no room');
          if (size > content.size) resize(size);
          content.room.set(part, at);
        },
        truncate: resize,
        flush: () => undefined,
        close: () => void busy.delete(name),
      };
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- a refusal rejects
    remove: async (name) => {
      refuse(name);
      files.delete(name);
    },
  };
  return store;
}
