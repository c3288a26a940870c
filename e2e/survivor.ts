/** A run in a real browser that is killed in many ways, and goes on. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, test, type BrowserContext, type Page, type Worker } from '@playwright/test';
import { readDisk, type Disk } from './keptRuns';
import { expect, fixture, Studio, type Backend } from './studio';

/** A browser whose profile is on disk, which can be killed and started again. */
export class Profile {
  readonly folder = mkdtempSync(join(tmpdir(), 'tunesmith-faults-'));
  #context: BrowserContext | null = null;

  constructor(private readonly edits: Record<string, unknown>) {}

  async page(): Promise<Page> {
    if (!this.#context) {
      const { launchOptions, viewport } = test.info().project.use;
      this.#context = await chromium.launchPersistentContext(this.folder, {
        ...launchOptions,
        headless: true,
        viewport: viewport ?? null,
      });
      // The browser may not have written it down yet when it is killed.
      await this.#context.addInitScript(
        (edits) => localStorage.setItem('tunesmith.recipeEdits', edits),
        JSON.stringify(this.edits),
      );
    }
    return this.#context.newPage();
  }

  /** SIGKILL to every process of this browser, and to no other's. */
  async kill(): Promise<void> {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      try {
        if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(this.folder)) process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    await this.#context?.close().catch(() => undefined);
    this.#context = null;
  }

  async remove(): Promise<void> {
    await this.#context?.close().catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

export type Kill =
  'close the tab' | 'reload' | 'crash the page' | 'end the worker' | 'kill the browser' | 'destroy the device';

/** One tab after the other, in which a run goes on. */
export class Life {
  studio!: Studio;
  /** The worker stands still, and hears nothing. */
  #isHeld = false;
  constructor(
    readonly profile: Pick<Profile, 'page' | 'kill'>,
    private readonly backend: Backend,
  ) {}

  async begin(): Promise<void> {
    const page = await this.profile.page();
    // Leaving a page that trains is asked about.
    page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined));
    await page.addInitScript(() => {
      // A worker that stands still can be ended from the page alone.
      const Native = globalThis.Worker;
      globalThis.Worker = class extends Native {
        constructor(url: string | URL, options?: WorkerOptions) {
          super(url, options);
          if (options?.name === 'compute') Object.assign(globalThis, { computeWorker: this });
        }
      };
    });
    this.studio = new Studio(page);
    await this.studio.open(this.backend);
  }

  get page(): Page {
    return this.studio.page;
  }

  worker(): Worker {
    // One that was ended may still be listed before its successor.
    const found = this.page.workers().findLast((worker) => worker.url().includes('compute.worker'));
    if (!found) throw new Error('the page has no compute worker');
    return found;
  }

  /** Waits until so many steps are done, as the page shows them. */
  async reach(step: number): Promise<number> {
    const found = await this.page.waitForFunction(
      (step) => {
        const bar = document.querySelector<HTMLProgressElement>('progress[aria-label="Steps done"]');
        return bar && bar.hasAttribute('value') && bar.value >= step ? bar.value : null;
      },
      step,
      { polling: 20, timeout: 120_000 },
    );
    return (await found.jsonValue()) ?? 0;
  }

  /**
   * Lets the next checkpoint be written up to so many of its bytes, Infinity: wholly, and up to the middle of the record that then
   * names it. There the worker stands still, until it is killed. Resolves when it stands.
   */
  async holdInCheckpoint(stopAt: number): Promise<void> {
    const name = 'tunesmith.test.held';
    await this.page.evaluate((name) => {
      const channel = new BroadcastChannel(name);
      const held = new Promise((resolve) => (channel.onmessage = resolve));
      Object.assign(globalThis, { held });
    }, name);
    await this.worker().evaluate(
      ({ name, stopAt }) => {
        const { prototype } = FileSystemSyncAccessHandle;
        // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the handle that it is called on
        const { write } = prototype;
        let isWritten = false;
        prototype.write = function (this: FileSystemSyncAccessHandle, given, options) {
          const data = given as Uint8Array;
          const at = options?.at ?? 0;
          // Parts of 1 MiB, the last one shorter. Records and metrics are smaller than a first part.
          const isPart = data.length > 2 ** 16 || (at > 0 && at % 2 ** 20 === 0);
          const isRecord = isWritten && data.length % 8192 === 0;
          if (isPart && data.length < 2 ** 20) isWritten = true;
          const length = isPart ? Math.max(0, stopAt - at) : isRecord ? data.length / 2 : Infinity;
          if (length >= data.length) return write.call(this, data, options);
          write.call(this, data.subarray(0, length), options);
          new BroadcastChannel(name).postMessage(null);
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
          throw new Error('it was to be killed here');
        };
      },
      { name, stopAt },
    );
    await this.page.evaluate(() => (globalThis as unknown as { held: Promise<unknown> }).held.then(() => undefined));
    this.#isHeld = true;
  }

  /** Ends something in the middle, and begins again where the page is gone. */
  async suffer(kill: Kill): Promise<void> {
    const { page, profile } = this;
    const isHeld = this.#isHeld;
    this.#isHeld = false;
    if (kill === 'end the worker' && isHeld) {
      await page.evaluate(() =>
        (globalThis as unknown as { computeWorker: { terminate(): void } }).computeWorker.terminate(),
      );
      return;
    }
    if (kill === 'end the worker') {
      // It ends before it can answer.
      void this.worker()
        .evaluate(() => self.close())
        .catch(() => undefined);
      return;
    }
    if (kill === 'destroy the device') {
      await this.worker().evaluate(() => {
        const { _tfengine } = globalThis as unknown as {
          _tfengine: { registry: { webgpu: { device: GPUDevice } } };
        };
        _tfengine.registry.webgpu.device.destroy();
      });
      return;
    }
    if (kill === 'reload') {
      await page.reload();
      return;
    }
    if (kill === 'kill the browser') await profile.kill();
    else if (kill === 'crash the page') {
      const crashed = page.waitForEvent('crash');
      const session = await page.context().newCDPSession(page);
      void session.send('Page.crash').catch(() => undefined);
      await crashed;
    }
    const old = page;
    await this.begin();
    if (kill !== 'kill the browser') await old.close();
  }

  /** Takes up the offer to continue; what the button says. */
  async goOn(): Promise<string> {
    const offer = this.studio.train.getByRole('region', { name: 'Interrupted run' });
    const button = offer.getByRole('button', { name: /^(Continue from step|Start again)/ });
    await expect(button).toBeVisible({ timeout: 60_000 });
    const words = (await button.innerText()).trim();
    await button.click();
    await expect(this.studio.train.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 60_000 });
    return words;
  }

  /** Drops the data, where it is not there yet, and trains from the beginning. */
  async start(): Promise<void> {
    const again = this.studio.train.getByRole('button', { name: 'Fine-tune again' });
    if (!(await again.isVisible())) {
      await this.studio.ready();
      await this.studio.drop(fixture('island.jsonl'));
      await expect(this.studio.figure('rows')).toHaveText('8');
      await this.studio.ready();
    }
    await this.studio.fineTune.click();
    await expect(this.studio.train.getByRole('button', { name: 'Pause' })).toBeVisible({ timeout: 60_000 });
  }

  async end(steps: number): Promise<Disk> {
    expect(await this.studio.runEnd(300_000)).toContain(`Done after ${steps} step`);
    // The record's last word is written beside the page.
    await expect
      .poll(async () => (await readDisk(this.page)).runs.map(({ record }) => record.status), { timeout: 30_000 })
      .not.toContain('running');
    return readDisk(this.page);
  }
}

/** Edits of the recipe: so many short steps, with everything on that a checkpoint must bring back. */
export const shortRun = (steps: number): Record<string, unknown> => ({
  'dataset.validation': 0.25,
  'training.max_steps': steps,
  'training.per_device_train_batch_size': 2,
  'training.gradient_accumulation_steps': 1,
  // A checkpoint at every step: many moments fall into the writing of one.
  'training.save_steps': 1,
  'training.eval_strategy': 'steps',
  'training.eval_steps': 4,
  'training.sample_steps': Math.ceil(steps / 2),
  'training.sample_size': 1,
  'training.early_stopping_patience': 1000,
  'adapter.lora_dropout': 0.1,
  'generation.max_new_tokens': 8,
});
