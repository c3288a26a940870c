// The forecast of memory against what a run takes, over a grid of models, ranks, lengths, formats and settings.
//   node --import tsx bench/memory/run.ts --backend wasm [--case 4M] [--keep]
//   node headless/withGpu.mjs node --import tsx bench/memory/run.ts --backend webgpu [--keep]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DeviceMemory } from '../../src/engine/device/openEngine';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { wantedTensors } from '../../src/engine/model/weights';
import { sizeOf } from '../../src/kernels/runtime/view';
import type { Kernels } from '../../src/kernels/kernels';
import { measureRun } from '../../src/engine/testing/measuredRun';
import { recipeSchema } from '../../src/recipe/schema';
import { openDawn } from '../node/dawn';
import { backendNames, chosen } from '../options';
import { cellsOf, models, recipeOf, type Cell } from './cells';

/** The target: forecast within a tenth of the measured peak. */
const within = 0.1;

interface Device {
  kernels: Kernels;
  memory: Pick<DeviceMemory, 'read' | 'resetPeak'>;
  adapter: string;
  close: () => void;
}

async function openDevice(backend: 'webgpu' | 'wasm'): Promise<Device> {
  if (backend === 'wasm') {
    const { openWasmDevice } = await import('../../src/engine/testing/openWasmKernels');
    const device = await openWasmDevice();
    const read = () => {
      const { bytesInUse, peakBytes, bytesReserved } = device.memory();
      return { bytes: bytesInUse, peakBytes, reservedBytes: bytesReserved };
    };
    const memory = { read, resetPeak: () => device.resetPeak() };
    return { kernels: device.kernels, memory, adapter: 'WASM', close: () => device.dispose() };
  }
  openDawn();
  const { openWebgpuKernels } = await import('../../src/engine/testing/openWebgpuKernels');
  const opened = await openWebgpuKernels();
  const close = (): void => {
    opened.close();
    if (opened.errors.length > 0) throw new Error(opened.errors.join('; '));
  };
  return { kernels: opened.kernels, memory: opened.memory, adapter: 'Dawn', close };
}

const { values: options } = parseArgs({
  options: {
    backend: { type: 'string', default: 'wasm' },
    case: { type: 'string', default: '' },
    keep: { type: 'boolean', default: false },
  },
});
const [backend = 'wasm'] = chosen('backend', options.backend, backendNames);
const nameOf = ({ model, format, rank, length, batch, checkpointing, optim }: Cell): string =>
  [
    model,
    format,
    rank === 0 ? 'all weights' : `r ${rank}`,
    `${batch} × ${length}`,
    checkpointing ? 'checkpointed' : 'kept',
    optim,
  ].join(' · ');
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
const device = await openDevice(backend);
const results = [];
for (const cell of cellsOf(backend).filter((each) => nameOf(each).includes(options.case))) {
  const config = parseModelConfig(models[cell.model]);
  const recipe = recipeSchema.parse(recipeOf(cell));
  const run = await measureRun(device, backend, config, recipe, { format: cell.format, rows: 3 * cell.batch });
  const error = run.forecastBytes / run.peakBytes - 1;
  const parameters = wantedTensors(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  results.push({ ...cell, parameters, error, ...run });
  process.stderr.write(
    `${nameOf(cell).padEnd(52)} ${(100 * error).toFixed(2).padStart(7)} %  forecast ${megabytes(run.forecastBytes)}, peak ${megabytes(run.peakBytes)}, reserved ${megabytes(run.reservedBytes)}\n`,
  );
}
device.close();
const worst = Math.max(...results.map(({ error }) => Math.abs(error)));
const beyond = results.filter(({ error }) => Math.abs(error) > within).length;
process.stdout.write(
  `${backend}: ${results.length} runs, worst error ${(100 * worst).toFixed(2)} %, ${beyond} beyond ${100 * within} %\n`,
);
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
    adapter: device.adapter,
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
