/** Bytes that can be read in parts: a dropped file, a download, an array. Nothing is read before it is asked for. */
export interface RangedBytes {
  readonly sizeBytes: number;
  /** Bytes `start … end-1`. The result may be a view of a larger buffer: copy it before changing it. */
  read(start: number, end: number): Promise<Uint8Array>;
}

/** A `Blob` (a dropped `File` is one) or an array as {@link RangedBytes}. */
export function rangedBytes(source: Blob | Uint8Array): RangedBytes {
  if (source instanceof Uint8Array)
    return { sizeBytes: source.byteLength, read: (start, end) => Promise.resolve(source.subarray(start, end)) };
  return {
    sizeBytes: source.size,
    read: async (start, end) => new Uint8Array(await source.slice(start, end).arrayBuffer()),
  };
}
