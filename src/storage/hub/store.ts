/** A flat folder of files: the origin private file system in the browser, memory in tests. */
export interface Store {
  names(): Promise<string[]>;
  /** What is in a file now, or null where there is none. */
  file(name: string): Promise<Blob | null>;
  /** Opens a file for writing in place, an empty one where there is none. Throws `storage/none`, `storage/busy`. */
  open(name: string): Promise<StoreWriter>;
  /** Deletes a file; absent is fine. Throws `storage/busy` while somebody writes to it. */
  remove(name: string): Promise<void>;
}

/** One file, open for writing; nobody else can open it meanwhile. */
export interface StoreWriter {
  sizeBytes(): number;
  /** Bytes `[start, end)`, fewer at the end of the file. */
  read(start: number, end: number): Uint8Array;
  /** Throws `storage/quota` when there is no room. */
  write(bytes: Uint8Array, at: number): void;
  truncate(sizeBytes: number): void;
  flush(): void;
  close(): void;
}

/** The text of a file, or null where there is none. */
export async function readText(store: Store, name: string): Promise<string | null> {
  const file = await store.file(name);
  return file && file.text();
}

/** Puts a small text in place of what the file held. */
export async function writeText(store: Store, name: string, text: string): Promise<void> {
  const writer = await store.open(name);
  try {
    const bytes = new TextEncoder().encode(text);
    writer.truncate(bytes.length);
    writer.write(bytes, 0);
    writer.flush();
  } finally {
    writer.close();
  }
}
