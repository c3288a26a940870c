/** Keeps a long reading polite: other calls get their turn, a cancel is heard, progress is told, none of them too often. */
import { TunesmithError } from '../../lib/errors';

interface PaceOptions {
  name: string;
  totalBytes: number;
  onProgress(doneBytes: number, totalBytes: number): void;
  isCancelled(): boolean;
}

const yieldEveryMs = 25;
const reportEveryMs = 100;

/** `tick` is called after every small piece of work (a chunk, a few hundred rows). */
export class Pace {
  doneBytes = 0;
  #yieldedAt = performance.now();
  #reportedAt = -Infinity;

  constructor(private readonly options: PaceOptions) {}

  /** True when it is time to let others work: then await `tick`. Cheap, for inner loops. */
  get isDue(): boolean {
    return performance.now() - this.#yieldedAt >= yieldEveryMs;
  }

  /** Throws `data/cancelled`; reports; gives way when 25 ms have passed since it last did. */
  async tick(): Promise<void> {
    this.#throwIfCancelled();
    const now = performance.now();
    if (now - this.#reportedAt >= reportEveryMs) {
      this.#reportedAt = now;
      this.options.onProgress(this.doneBytes, this.options.totalBytes);
    }
    if (now - this.#yieldedAt < yieldEveryMs) return;
    await nextTask();
    this.#yieldedAt = performance.now();
    this.#throwIfCancelled();
  }

  /** The last report: everything is done. */
  finish(): void {
    this.#throwIfCancelled();
    this.options.onProgress(this.options.totalBytes, this.options.totalBytes);
  }

  #throwIfCancelled(): void {
    if (this.options.isCancelled())
      throw new TunesmithError('data/cancelled', `${this.options.name}: reading was cancelled; open it again to go on`);
  }
}

/** A message to oneself is a task like a click, without the 4 ms that browsers add to nested timeouts. */
const nextTask = (): Promise<void> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (): void => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
