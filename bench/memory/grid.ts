import type { DeviceMemory } from '../../src/engine/device/openEngine';
import { parseModelConfig } from '../../src/engine/model/parseConfig';
import { wantedTensors } from '../../src/engine/model/weights';
import { measureRun, type MeasuredRun } from '../../src/engine/testing/measuredRun';
import type { Kernels } from '../../src/kernels/kernels';
import { sizeOf } from '../../src/kernels/runtime/view';
import type { BackendName } from '../../src/protocol/device';
import { recipeSchema } from '../../src/recipe/schema';
import { openDawn } from '../node/dawn';
import { cellsOf, models, recipeOf, type Cell } from './cells';

export interface CellResult extends Cell, MeasuredRun {
  name: string;
  parameters: number;
  /** Forecast ÷ peak − 1. */
  error: number;
}

interface Device {
  kernels: Kernels;
  memory: Pick<DeviceMemory, 'read' | 'resetPeak'>;
  adapter: string;
  close: () => void;
}

async function openDevice(backend: BackendName): Promise<Device> {
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
  const { kernels, memory, isSoftware } = opened;
  return { kernels, memory, adapter: isSoftware ? 'Dawn, software' : 'Dawn', close };
}

const nameOf = ({ model, format, rank, length, batch, checkpointing, optim }: Cell): string =>
  [
    model,
    format,
    rank === 0 ? 'all weights' : `r ${rank}`,
    `${batch} × ${length}`,
    checkpointing ? 'checkpointed' : 'kept',
    optim,
  ].join(' · ');

/** Forecasts and measures every cell whose name holds `wanted`, one after the other on one device. */
export async function measureGrid(
  backend: BackendName,
  wanted: string,
  tell: (result: CellResult) => void,
): Promise<{ adapter: string; results: CellResult[] }> {
  const device = await openDevice(backend);
  const results: CellResult[] = [];
  for (const cell of cellsOf(backend)) {
    const name = nameOf(cell);
    if (!name.includes(wanted)) continue;
    const config = parseModelConfig(models[cell.model]);
    const recipe = recipeSchema.parse(recipeOf(cell));
    const run = await measureRun(device, backend, config, recipe, { format: cell.format, rows: 3 * cell.batch });
    const parameters = wantedTensors(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const result = { name, ...cell, parameters, error: run.forecastBytes / run.peakBytes - 1, ...run };
    results.push(result);
    tell(result);
  }
  device.close();
  return { adapter: device.adapter, results };
}
