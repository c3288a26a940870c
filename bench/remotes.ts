import { fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumFlags, dawnEnvironment, findBrowser, gpuKind } from '../headless/browser';
import { startStaticServer } from '../headless/staticServer';
import type { Answer, BackendName, Order } from './contender';

const project = join(import.meta.dirname, '..');

/** A contender somewhere else: a child process, or a worker of a page. */
export interface Remote {
  ask(order: Order): Promise<Answer>;
}

export interface Arena {
  ours: Remote;
  stock: Remote;
  /** Browser or runtime, with its version. */
  host: string;
  close(): Promise<void>;
}

/** Both contenders on a backend: WebGPU in two processes over Dawn, WASM in two workers of a page (its threads need one). */
export const openArena = (backend: BackendName): Promise<Arena> =>
  backend === 'webgpu' ? openProcesses() : openPage();

/** Runs Vite's build; its messages go to standard error. */
export function build(...args: string[]): void {
  const vite = join(project, 'node_modules/vite/bin/vite.js');
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'error', ...args], {
    cwd: project,
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) throw new Error(`vite build ${args.join(' ')}: failed`);
}

function openProcesses(): Promise<Arena> {
  // Ours holds shaders, which Node cannot import: it is bundled first.
  build('--config', 'bench/node/vite.config.ts');
  const programs = { ours: '.cache/bench-node/ours.js', stock: 'bench/node/stock.ts' };
  const env = dawnEnvironment();
  const start = (name: keyof typeof programs) =>
    fork(join(project, programs[name]), { execArgv: ['--import', 'tsx'], env, cwd: project });
  const children = { ours: start('ours'), stock: start('stock') };
  const remote = (child: ReturnType<typeof start>): Remote => ({
    ask: (order) =>
      new Promise((done) => {
        const onExit = (status: number | null): void =>
          done({ ok: false, message: `the process ended with ${String(status)}` });
        child.once('exit', onExit);
        child.once('message', (answer: Answer) => {
          child.off('exit', onExit);
          done(answer);
        });
        child.send(order);
      }),
  });
  return Promise.resolve({
    ours: remote(children.ours),
    stock: remote(children.stock),
    host: `Node ${process.version}, Dawn`,
    close: () => {
      for (const child of Object.values(children)) child.kill();
      return Promise.resolve();
    },
  });
}

async function openPage(): Promise<Arena> {
  build('--config', 'bench/page/vite.config.ts');
  const server = await startStaticServer({ root: join(project, '.cache/bench') });
  const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumFlags(gpuKind()) });
  const page = await browser.newPage();
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  await page.goto(server.url);
  await page.waitForFunction('globalThis.ask !== undefined');
  const remote = (name: 'ours' | 'stock'): Remote => ({
    ask: (order) => page.evaluate(({ name, order }) => globalThis.ask(name, order), { name, order }),
  });
  return {
    ours: remote('ours'),
    stock: remote('stock'),
    host: `Chromium ${browser.version()}`,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
