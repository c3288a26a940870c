// The forecast of memory against what a run takes, over a grid of models, ranks, lengths, formats and settings.
//   node --import tsx bench/memory/run.ts --backend wasm [--case 4M] [--keep]
//   node headless/withGpu.mjs tsx bench/memory/run.ts --backend webgpu [--keep]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { backendNames, chosen } from '../options';
import type * as Grid from './grid';

/** The target: forecast within a tenth of the measured peak. */
const within = 0.1;

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    case: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});
const [backend = 'wasm'] = chosen('backend', options.backend, backendNames);
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
// Through Vite, which knows how shaders are imported.
const vite = await createServer({
  optimizeDeps: { noDiscovery: true },
  configFile: false,
  appType: 'custom',
  server: { middlewareMode: true, ws: false },
});
const { measureGrid } = (await vite.ssrLoadModule(join(import.meta.dirname, 'grid.ts'))) as typeof Grid;
const { adapter, results } = await measureGrid(backend, options.case, (result) => {
  const { name, error, forecastBytes, peakBytes, reservedBytes } = result;
  const figures = `forecast ${megabytes(forecastBytes)}, peak ${megabytes(peakBytes)}, reserved ${megabytes(reservedBytes)}`;
  process.stderr.write(`${name.padEnd(58)} ${(100 * error).toFixed(2).padStart(7)} %  ${figures}\n`);
});
await vite.close();
const worst = Math.max(...results.map(({ error }) => Math.abs(error)));
const beyond = results.filter(({ error }) => Math.abs(error) > within).length;
const summary = `${results.length} runs, worst error ${(100 * worst).toFixed(2)} %, ${beyond} beyond ${100 * within} %`;
process.stdout.write(`${backend}: ${summary}\n`);
if (options.keep) {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  const date = new Date().toISOString();
  const report = {
    date,
    commit: git('rev-parse', 'HEAD'),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    suite: 'memory',
    backend,
    adapter,
    runs: results.length,
    worstError: worst,
    beyond,
    results,
  };
  const folder = join(import.meta.dirname, '../results');
  mkdirSync(folder, { recursive: true });
  const file = `${date.slice(0, 16).replaceAll(':', '')}-memory-${backend}.json`;
  writeFileSync(join(folder, file), `${JSON.stringify(report, null, 2)}\n`);
}
if (beyond > 0) process.exitCode = 1;
