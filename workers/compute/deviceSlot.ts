import { openEngine, type BackendOpeners, type Engine } from '../../src/engine/device/openEngine';
import { TunesmithError } from '../../src/lib/errors';
import type { BackendChoice, DeviceFacts } from '../../src/protocol/device';

/** Milliseconds to wait before each further try: a browser's GPU process takes a moment to come back. */
const reopenAfterMs = [0, 200, 500, 1000, 2000, 4000];

/** The device that the worker owns. */
export class DeviceSlot {
  #engine: Engine | null = null;
  #choice: BackendChoice | null = null;
  /** Of the last device that was open. */
  #facts: DeviceFacts | null = null;

  constructor(
    readonly openers: BackendOpeners,
    /** Told of every device that is opened, before anything is on it. */
    readonly opened: (engine: Engine) => void,
  ) {}

  /** Null: none is open. */
  get engine(): Engine | null {
    return this.#engine;
  }

  /** Throws `device/none`. */
  need(): Engine {
    if (!this.#engine) throw new TunesmithError('device/none', 'device: none is open; call openDevice first');
    return this.#engine;
  }

  isOpen(choice: BackendChoice): boolean {
    return this.#engine !== null && this.#choice === choice;
  }

  async open(choice: BackendChoice): Promise<DeviceFacts> {
    await this.#close();
    this.#engine = await openEngine(choice, this.openers);
    this.#choice = choice;
    this.#facts = this.#engine.facts;
    this.opened(this.#engine);
    return this.#facts;
  }

  /**
   * A new device of the same backend in place of one that was lost, whose tensors are freed already. It stands under the old
   * one's reason: nothing is chosen anew, since another backend would compute other bits. Throws `device/gone`, and none is open; it may be tried again.
   */
  async reopen(): Promise<Engine> {
    const facts = this.#facts ?? this.need().facts;
    const choice = this.#choice;
    await this.#close();
    let cause: unknown;
    for (const wait of reopenAfterMs) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        const opened = await openEngine(facts.backend, this.openers);
        this.#engine = { ...opened, facts: { ...opened.facts, reason: facts.reason, trial: facts.trial } };
        this.#choice = choice;
        this.opened(this.#engine);
        return this.#engine;
      } catch (error) {
        cause = error;
      }
    }
    throw new TunesmithError(
      'device/gone',
      `device: ${facts.adapter} was lost and does not come back (${String(cause)}); reload the page, or choose the wasm backend`,
      { cause },
    );
  }

  async #close(): Promise<void> {
    const engine = this.#engine;
    this.#engine = null;
    this.#choice = null;
    await engine?.close();
  }
}
