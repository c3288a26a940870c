import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename, join, resolve } from 'node:path';
import { spawnSync } from 'node:child_process';
import { chromium, type Browser, type Page } from 'playwright-core';
import { fromErrorRecord, TunesmithError, type ErrorRecord } from '../../src/lib/errors';
import type { BackendChoice, DeviceFacts } from '../../src/protocol/device';
import type { ModelSource } from '../../src/protocol/model';
import type { Outcome } from '../../src/protocol/training';
import { chromiumFlags, findBrowser, gpuKind, type GpuKind } from '../browser';
import { fileHandler, folderHandler, startStaticServer, type Handler, type StaticServer } from '../staticServer';
import type { Automation, PageGlobals } from './automation';

const project = resolve(import.meta.dirname, '../..');
export const dist = join(project, 'dist');
const pageTimeoutMs = 60_000;
/** The largest body a page may send back: an adapter or a checkpoint of a model that fits a tab. */
const maxUploadBytes = 4 * 2 ** 30;

export const say = (message: string): void => void process.stderr.write(`${message}\n`);

/** A file on disk as the page sees it. */
export interface PageFile {
  url: string;
  name: string;
}

/**
 * The built page in headless Chromium, and its workers. Files reach the page over a local server under a path that nobody
 * else can guess; bytes come back the same way.
 */
export class Studio {
  private readonly handlers = new Map<string, Handler>();
  private readonly token = randomBytes(16).toString('hex');
  private readonly uploads = new Map<string, Buffer>();
  private readonly listeners = new Map<string, (payload: unknown) => unknown>();
  private server!: StaticServer;
  private browser!: Browser;
  private page!: Page;
  private counter = 0;
  private failure: Error | null = null;

  private constructor() {}

  /** Opens the page, building it first where there is no build. */
  static async open(choice: BackendChoice): Promise<Studio> {
    buildIfMissing();
    const executablePath = findBrowser();
    const studio = new Studio();
    try {
      studio.server = await startStaticServer({ root: dist, handlers: studio.handlers });
      studio.handlers.set(`${studio.token}/upload/`, (rest, request, response) =>
        studio.receive(rest, request, response),
      );
      await studio.launch(executablePath, gpuKind());
      if (choice === 'webgpu' && gpuKind() === 'hardware' && !(await studio.hasAdapter())) {
        say('No hardware adapter answers; asking for the software one.');
        await studio.browser.close();
        await studio.launch(executablePath, 'software');
      }
    } catch (error) {
      await studio.close();
      throw error;
    }
    return studio;
  }

  async close(): Promise<void> {
    // Optional: `open` closes what it had, wherever it failed.
    await (this.browser as Browser | undefined)?.close();
    await (this.server as StaticServer | undefined)?.close();
  }

  /** Opens the device, and says which one computes. */
  async openDevice(choice: BackendChoice): Promise<DeviceFacts> {
    const facts = await this.run(({ compute }, choice) => compute.openDevice(choice), choice);
    say(`backend: ${facts.backend} · ${facts.adapter} · ${facts.reason}`);
    return facts;
  }

  /**
   * Runs a function in the page, with the workers and one plain argument. The function can't see this file's variables.
   * @throws TunesmithError as the workers threw it; `internal/page-closed` when the page is gone.
   */
  async run<Argument, Result>(
    body: (automation: Automation, argument: Argument, globals: PageGlobals) => Promise<Result>,
    argument: Argument,
  ): Promise<Result> {
    const script = `(async () => {
      try {
        const value = await (${body.toString()})(globalThis.tunesmith, ${JSON.stringify(argument)}, globalThis);
        return { ok: true, value };
      } catch (error) {
        const { code = 'internal/unexpected', message = String(error), details = {} } = error ?? {};
        return { ok: false, error: { code, message, path: details.path, data: details.data } };
      }
    })()`;
    let outcome: Outcome<Result>;
    try {
      outcome = await this.page.evaluate<Outcome<Result>>(script);
    } catch (error) {
      throw this.failure ?? new TunesmithError('internal/page-closed', `page: stopped answering, ${String(error)}`);
    }
    if (outcome.ok) return outcome.value;
    throw fromErrorRecord(withoutEmpty(outcome.error));
  }

  /** Hears, and answers, messages of one kind that {@link PageGlobals.tunesmithEmit} sends; one listener a kind. */
  on(kind: string, listener: (payload: unknown) => unknown): void {
    this.listeners.set(kind, listener);
  }

  /** Puts a file of this machine where the page can read it. */
  mountFile(path: string): PageFile {
    const prefix = `${this.token}/file/${this.counter++}/`;
    this.handlers.set(prefix, fileHandler(resolve(path)));
    return { url: `${this.server.url}${prefix}${encodeURIComponent(basename(path))}`, name: basename(path) };
  }

  /** Puts bytes where the page can read them; returns the address. */
  mountBytes(bytes: Uint8Array): string {
    const prefix = `${this.token}/bytes/${this.counter++}`;
    this.handlers.set(prefix, (_rest, _request, response) => {
      response
        .writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length })
        .end(bytes);
      return Promise.resolve();
    });
    return `${this.server.url}${prefix}`;
  }

  /** Where the page reads a model folder from; `builtin` is the model inside the page. */
  mountModel(model: string): ModelSource {
    if (model === 'builtin') return { kind: 'url', baseUrl: `${this.server.url}models/builtin/`, name: 'builtin' };
    const prefix = `${this.token}/model/${this.counter++}/`;
    this.handlers.set(prefix, folderHandler(resolve(model)));
    return { kind: 'url', baseUrl: `${this.server.url}${prefix}`, name: basename(resolve(model)) };
  }

  /** Address to which the page can POST bytes; {@link takeUpload} gets them by the same name. */
  get uploadUrl(): string {
    return `${this.server.url}${this.token}/upload/`;
  }

  /** Bytes that the page has sent under a name. */
  takeUpload(name: string): Buffer {
    const bytes = this.uploads.get(name);
    if (!bytes) throw new TunesmithError('internal/no-upload', `upload: the page sent nothing called ${name}`);
    this.uploads.delete(name);
    return bytes;
  }

  private async launch(executablePath: string, gpu: GpuKind): Promise<void> {
    this.browser = await chromium.launch({
      executablePath,
      headless: true,
      args: chromiumFlags(gpu),
      // Interrupts belong to the command, which stops the run first.
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    });
    this.page = await this.browser.newPage();
    this.page.on('crash', () => {
      this.failure = new TunesmithError(
        'internal/page-crashed',
        'page: crashed, most likely out of memory; use a smaller model, batch or length',
      );
    });
    this.page.on('pageerror', (error) => say(`page: ${error.message}`));
    if (process.env.TUNESMITH_DEBUG) this.page.on('console', (line) => say(`console: ${line.text()}`));
    // The compiler of this program names functions through a helper that the page does not have.
    await this.page.addInitScript('globalThis.__name ??= (fn) => fn;');
    await this.page.exposeFunction('tunesmithEmit', (kind: string, payload: unknown) =>
      this.listeners.get(kind)?.(payload),
    );
    await this.page.goto(`${this.server.url}?automation`, { timeout: pageTimeoutMs });
    await this.page.waitForFunction('globalThis.tunesmith !== undefined', null, { timeout: pageTimeoutMs });
    await this.run(async ({ ready }) => void (await ready), null);
  }

  private hasAdapter(): Promise<boolean> {
    return this.run(async () => Boolean(await (navigator as Partial<Navigator>).gpu?.requestAdapter()), null);
  }

  private async receive(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      if (size > maxUploadBytes)
        throw new TunesmithError('internal/upload-size', `upload: at most ${maxUploadBytes} bytes`);
      parts.push(part);
    }
    this.uploads.set(name, Buffer.concat(parts));
    response.writeHead(204).end();
  }
}

function buildIfMissing(): void {
  if (existsSync(join(dist, 'index.html'))) return;
  say('The page is not built yet; building it.');
  const result = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: project,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0)
    throw new TunesmithError('internal/build', 'build: failed; run "npm run build" and read its messages');
}

/** The same record without the keys that are undefined. */
function withoutEmpty({ code, message, path, data }: ErrorRecord): ErrorRecord {
  return { code, message, ...(path === undefined ? {} : { path }), ...(data === undefined ? {} : { data }) };
}
