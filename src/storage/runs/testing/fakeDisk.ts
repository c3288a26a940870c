/**
 * The origin private file system, storage estimates and Web Locks in memory, for tests: a disk that can be full, and whose
 * machine can be switched off at any byte. What is on it then stays; what was going on is gone, as are all locks.
 */
export class FakeDisk {
  readonly root = new FakeDirectory(this, '');
  quotaBytes = Infinity;
  /** False: a page, which has writable streams only. */
  isWorker = true;
  /** Operations and bytes so far, and at which of them each operation and write began. */
  ticks = 0;
  readonly begun: { at: number; ticks: number }[] = [];
  #crashAt = Infinity;
  #locks = new FakeLocks();

  /** What `navigator` is with this disk in it; `vi.stubGlobal('navigator', disk.navigator())`. */
  navigator(): object {
    return {
      storage: {
        getDirectory: () => Promise.resolve(this.root),
        estimate: () => Promise.resolve({ usage: this.usedBytes(), quota: Math.min(this.quotaBytes, 1e12) }),
      },
      locks: this.#locks,
    };
  }

  usedBytes(): number {
    return this.files().reduce((sum, [, bytes]) => sum + bytes.length, 0);
  }

  /** Every file by its path. */
  files(): [string, Uint8Array][] {
    return this.root.all('');
  }

  /** Switches off after so many more operations and bytes. */
  crashAfter(ticks: number): void {
    this.#crashAt = this.ticks + ticks;
  }

  /**
   * When to switch off, counted from `from`, to have seen every operation cut: before it, and for writes of up to 300 bytes at
   * every byte, for longer ones at the first, the last and every `stride`th.
   */
  moments(from: number, stride: number): number[] {
    const each = this.begun.filter(({ at }) => at >= from);
    return each.flatMap(({ at, ticks }) =>
      Array.from({ length: ticks }, (_, index) => index)
        .filter((index) => ticks <= 300 || index < 2 || index > ticks - 3 || index % stride === 0)
        .map((index) => at - from + index),
    );
  }

  /** The same files on another disk. */
  copy(): FakeDisk {
    const copy = new FakeDisk();
    this.root.copyTo(copy.root);
    return copy;
  }

  /** Switches on again: nobody holds a file or a lock. */
  restart(): void {
    this.#crashAt = Infinity;
    this.#locks = new FakeLocks();
    this.root.unlock();
  }

  /** One operation; throws once the machine is off. */
  tick(): void {
    this.#needsPower();
    this.begun.push({ at: this.ticks, ticks: 1 });
    this.ticks++;
  }

  /** How many of `bytes` can be written. Throws when there is no power, or no room for a single one. */
  admit(bytes: number, growth: number): number {
    this.#needsPower();
    const powered = Math.min(bytes, this.#crashAt - this.ticks);
    if (this.usedBytes() + growth > this.quotaBytes) throw new DOMException('no room', 'QuotaExceededError');
    this.begun.push({ at: this.ticks, ticks: powered });
    this.ticks += powered;
    return powered;
  }

  #needsPower(): void {
    if (this.ticks >= this.#crashAt) throw new Error('the machine is off');
  }
}

class FakeDirectory {
  readonly kind = 'directory';
  readonly #entries = new Map<string, FakeDirectory | FakeFile>();
  constructor(
    private readonly disk: FakeDisk,
    readonly name: string,
  ) {}

  // eslint-disable-next-line @typescript-eslint/require-await -- refusals reject
  async getDirectoryHandle(name: string, { create = false } = {}): Promise<FakeDirectory> {
    return this.#entry(name, create, FakeDirectory);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- refusals reject
  async getFileHandle(name: string, { create = false } = {}): Promise<FakeFile> {
    const file = this.#entry(name, create, FakeFile);
    file.swap = (text) => {
      const swap = `${name}.crswap`;
      if (text === null) this.#entries.delete(swap);
      else this.#entry(swap, true, FakeFile).bytes = text;
    };
    return file;
  }

  async *values(): AsyncGenerator<FakeDirectory | FakeFile> {
    await Promise.resolve();
    yield* [...this.#entries.values()];
  }

  async removeEntry(name: string, { recursive = false } = {}): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry) throw new DOMException(name, 'NotFoundError');
    if (entry.isLocked()) throw new DOMException(name, 'NoModificationAllowedError');
    if (entry instanceof FakeDirectory) {
      if (entry.#entries.size > 0 && !recursive) throw new DOMException(name, 'InvalidModificationError');
      // One after the other: the browser promises no more.
      for (const inner of [...entry.#entries.keys()]) await entry.removeEntry(inner, { recursive });
    }
    this.disk.tick();
    this.#entries.delete(name);
  }

  isLocked(): boolean {
    return [...this.#entries.values()].some((entry) => entry.isLocked());
  }

  unlock(): void {
    for (const entry of this.#entries.values()) entry.unlock();
  }

  copyTo(other: FakeDirectory): void {
    for (const [name, entry] of this.#entries) {
      if (entry instanceof FakeFile) other.#entry(name, true, FakeFile).bytes = entry.bytes.slice();
      else entry.copyTo(other.#entry(name, true, FakeDirectory));
    }
  }

  all(path: string): [string, Uint8Array][] {
    return [...this.#entries].flatMap(([name, entry]): [string, Uint8Array][] =>
      entry instanceof FakeFile ? [[path + name, entry.bytes]] : entry.all(`${path}${name}/`),
    );
  }

  #entry<T extends FakeDirectory | FakeFile>(
    name: string,
    create: boolean,
    kind: new (disk: FakeDisk, name: string) => T,
  ): T {
    if (name === '' || name === '.' || name === '..' || name.includes('/')) throw new TypeError(`name ${name}`);
    const found = this.#entries.get(name);
    if (found && !(found instanceof kind)) throw new DOMException(name, 'TypeMismatchError');
    if (found) return found;
    if (!create) throw new DOMException(name, 'NotFoundError');
    this.disk.tick();
    const made = new kind(this.disk, name);
    this.#entries.set(name, made);
    return made;
  }
}

class FakeFile {
  readonly kind = 'file';
  bytes: Uint8Array = new Uint8Array(0);
  #locked = false;
  /** Puts (or with null removes) the file that a writable stream writes to before it takes this one's place. */
  swap: (bytes: Uint8Array | null) => void = () => undefined;
  /** Only workers have it. */
  readonly createSyncAccessHandle?: () => Promise<unknown>;

  constructor(
    private readonly disk: FakeDisk,
    readonly name: string,
  ) {
    // eslint-disable-next-line @typescript-eslint/require-await -- refusals reject
    if (disk.isWorker) this.createSyncAccessHandle = async () => this.#openSync();
  }

  getFile(): Promise<File> {
    return Promise.resolve(new File([this.bytes.slice()], this.name));
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- refusals reject
  async createWritable(): Promise<unknown> {
    this.disk.tick();
    let content: Uint8Array = new Uint8Array(0);
    this.swap(content);
    return {
      // eslint-disable-next-line @typescript-eslint/require-await -- refusals reject
      write: async (data: Uint8Array | string) => {
        const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
        const length = this.disk.admit(bytes.length, bytes.length);
        const grown = new Uint8Array(content.length + length);
        grown.set(content);
        grown.set(bytes.subarray(0, length), content.length);
        this.swap((content = grown));
      },
      // eslint-disable-next-line @typescript-eslint/require-await -- refusals reject
      close: async () => {
        this.disk.tick();
        this.swap(null);
        this.bytes = content;
      },
      abort: () => Promise.resolve(this.swap(null)),
    };
  }

  isLocked(): boolean {
    return this.#locked;
  }

  unlock(): void {
    this.#locked = false;
  }

  #openSync(): unknown {
    if (this.#locked) throw new DOMException(this.name, 'NoModificationAllowedError');
    this.#locked = true;
    return {
      getSize: () => this.bytes.length,
      truncate: (size: number) => {
        this.disk.tick();
        const cut = new Uint8Array(size);
        cut.set(this.bytes.subarray(0, size));
        this.bytes = cut;
      },
      read: (into: Uint8Array, { at }: { at: number }) => {
        const part = this.bytes.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      write: (bytes: Uint8Array, { at }: { at: number }) => {
        const growth = Math.max(0, at + bytes.length - this.bytes.length);
        const length = this.disk.admit(bytes.length, growth);
        const grown = new Uint8Array(Math.max(this.bytes.length, at + length));
        grown.set(this.bytes);
        grown.set(bytes.subarray(0, length), at);
        this.bytes = grown;
        return length;
      },
      flush: () => this.disk.tick(),
      close: () => this.unlock(),
    };
  }
}

type Callback = (lock: object | null) => unknown;
interface Options {
  mode?: LockMode;
  ifAvailable?: boolean;
  signal?: AbortSignal;
}

/** Web Locks of one origin. */
class FakeLocks {
  readonly #held: { name: string; mode: LockMode }[] = [];
  #changed: (() => void)[] = [];

  query(): Promise<{ held: { name: string }[] }> {
    return Promise.resolve({ held: [...this.#held] });
  }

  async request(name: string, ...rest: [Callback] | [Options, Callback]): Promise<unknown> {
    const callback = rest.at(-1) as Callback;
    const { mode = 'exclusive', ifAvailable = false, signal } = (rest.length > 1 ? rest[0] : {}) as Options;
    const isFree = (): boolean =>
      this.#held.every((lock) => lock.name !== name || (mode === 'shared' && lock.mode === 'shared'));
    while (!isFree()) {
      if (ifAvailable) return callback(null);
      await new Promise<void>((resume, fail) => {
        this.#changed.push(resume);
        signal?.addEventListener('abort', () => fail(new DOMException('waited too long', 'AbortError')));
      });
    }
    const lock = { name, mode };
    this.#held.push(lock);
    try {
      return await callback(lock);
    } finally {
      this.#held.splice(this.#held.indexOf(lock), 1);
      for (const resume of this.#changed.splice(0)) resume();
    }
  }
}
