import { vi } from 'vitest';
import type { BackendOpeners } from '../../../src/engine/device/openEngine';
import { TunesmithError } from '../../../src/lib/errors';
import type { ComputeApi } from '../../../src/protocol/computeApi';
import type { FakeDisk } from '../../../src/storage/runs/testing/fakeDisk';
import { browserSurroundings } from '../browserRuns';
import { createCompute } from '../compute';
import { modelFiles, testOpeners } from './tinyModel';

/** A worker as it begins in a browser with this disk, the tiny model loaded. */
export async function startWorker(
  disk: FakeDisk,
  openers: BackendOpeners = testOpeners,
  files = modelFiles(),
): Promise<ComputeApi> {
  vi.stubGlobal('navigator', disk.navigator());
  const compute = createCompute(openers, browserSurroundings());
  await compute.openDevice('wasm');
  await compute.loadModel({ kind: 'files', files, name: 'tiny' }, {}, () => {});
  return compute;
}

export interface DevicePlan {
  /** Calls of kernels until the present device is lost. */
  callsLeft: number;
  /** As many has each of the devices that are opened next; the others last. */
  next: number[];
  opened: number;
  /** Calls so far, of all devices. */
  calls: number;
}

/** Devices that are lost as planned: from then on every read fails. */
export function mortalOpeners(plan: DevicePlan): BackendOpeners {
  return {
    ...testOpeners,
    wasm: async () => {
      const opened = await testOpeners.wasm();
      const mine = ++plan.opened;
      if (mine > 1) plan.callsLeft = plan.next.shift() ?? Infinity;
      const isDead = (): boolean => mine !== plan.opened || plan.callsLeft <= 0;
      const lost = (): TunesmithError => new TunesmithError('device/lost', 'the device was lost (test)');
      const kernels = new Proxy(opened.kernels, {
        get(target, name) {
          const value = Reflect.get(target, name, target) as unknown;
          if (typeof value !== 'function') return value;
          return (...given: unknown[]): unknown => {
            plan.calls++;
            plan.callsLeft--;
            if (isDead() && ['read', 'readInts', 'finish'].includes(String(name))) return Promise.reject(lost());
            return (value as (...all: unknown[]) => unknown).apply(target, given);
          };
        },
      });
      return { ...opened, kernels };
    },
  };
}
