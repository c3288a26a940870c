import { fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumFlags, dawnEnvironment, findBrowser, gpuKind } from '../headless/browser';
import { startStaticServer } from '../headless/staticServer';
import type { Answer, BackendName, Order } from './contender';
import type { Racers } from './race';
import { openPytorch } from './step/pytorch';

const project = join(import.meta.dirname, '..');

/** A contender somewhere else: a child process, or a worker of a page. */
export interface Remote {
  ask(order: Order): Promise<Answer>;
}

export interface Arena {
  racers: Racers;
  /** Browser or runtime, with its version. */
  host: string;
  close(): Promise<void>;
}

/**
 * All contenders of a backend: ours, stock and jax-js on WebGPU as processes over Dawn; ours and stock on WASM as workers of a
 * page (its threads need one). PyTorch beside either, where a Python is named for it.
 */
export async function openArena(backend: BackendName): Promise<Arena> {
  const arena = backend === 'webgpu' ? openProcesses() : await openPage();
  const pytorch = openPytorch();
  if (!pytorch) return arena;
  return {
    ...arena,
    racers: { ...arena.racers, pytorch },
    close: async () => {
      pytorch.close();
      await arena.close();
    },
  };
}

/** Runs Vite's build; its messages go to standard error. */
export function build(...args: string[]): void {
  const vite = join(project, 'node_modules/vite/bin/vite.js');
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'error', ...args], {
    cwd: project,
    stdio: ['ignore', 2, 2],
  });
  if (built.status !== 0) throw new Error(`vite build ${args.join(' ')}: failed`);
}

function openProcesses(): Arena {
  // Ours holds shaders, which Node cannot import: it is bundled first.
  build('--config', 'bench/node/vite.config.ts');
  const programs = { ours: '.cache/bench-node/ours.js', stock: 'bench/node/stock.ts', jax: 'bench/node/jax.ts' };
  const env = dawnEnvironment();
  const start = (name: keyof typeof programs) =>
    fork(join(project, programs[name]), { execArgv: ['--import', 'tsx'], env, cwd: project });
  const children = { ours: start('ours'), stock: start('stock'), jax: start('jax') };
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
  return {
    racers: { ours: remote(children.ours), stock: remote(children.stock), jax: remote(children.jax) },
    host: `Node ${process.version}, Dawn`,
    close: () => {
      for (const child of Object.values(children)) child.kill();
      return Promise.resolve();
    },
  };
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
    racers: { ours: remote('ours'), stock: remote('stock') },
    host: `Chromium ${browser.version()}`,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
