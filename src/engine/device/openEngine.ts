import { again } from '../../kernels/fallback/again';
import type { Kernels } from '../../kernels/kernels';
import { TunesmithError } from '../../lib/errors';
import type { BackendChoice, BackendName, DeviceFacts } from '../../protocol/device';
import type { Pace } from '../../protocol/run';
import { free } from '../scope';

/** A backend that was opened, not yet chosen. */
export interface OpenBackend {
  kernels: Kernels;
  facts: Omit<DeviceFacts, 'reason' | 'trial'>;
  /** Makes it the active one again, after another was opened. */
  activate?: () => Promise<void>;
  memory: DeviceMemory;
  trouble?: DeviceTrouble;
  /** How much of the device work takes; see {@link Kernels.breathe}. */
  setPace?: (pace: Pace) => void;
  /** Frees device and memory; also of a device that was lost. */
  close: () => void | Promise<void>;
}

/** What tensors hold on the device, measured, in bytes. */
export interface DeviceMemory {
  read(): { bytes: number; peakBytes: number; /** Taken from the system. */ reservedBytes: number };
  /** Begins a new measurement of the peak. */
  resetPeak(): void;
  /** At most so many bytes (null: what there is); an allocation beyond it is `device/out-of-memory`, as on a full device. */
  setLimit(bytes: number | null): void;
}

/** What a device may say at any time, outside of calls: WebGPU only. */
export interface DeviceTrouble {
  /** Resolves with `device/lost` when the device is gone, unless it was closed. Every call then fails with that. */
  readonly lost: Promise<TunesmithError>;
  /** Calls `listener` for every operation that stock ops do in place of its own kernel, which does not work here. @returns ends it */
  fallbacks(listener: (fallback: { op: string; reason: string }) => void): () => void;
}

/** How each backend is opened; null: this machine has none. */
export interface BackendOpeners {
  webgpu(): Promise<OpenBackend | null>;
  wasm(): Promise<OpenBackend>;
}

export interface Engine {
  kernels: Kernels;
  facts: DeviceFacts;
  memory: DeviceMemory;
  trouble?: DeviceTrouble;
  setPace?: (pace: Pace) => void;
  close: () => void | Promise<void>;
}

/**
 * Opens the asked backend, or the faster one by a short timed trial. `auto` falls back to WASM where there is no WebGPU, or one that
 * fails; a GPU in silicon is taken unless WASM beats it, or where there is no WASM. The one not chosen is closed. Throws
 * `device/no-webgpu` when WebGPU was asked for and there is none.
 */
export async function openEngine(choice: BackendChoice, openers: BackendOpeners): Promise<Engine> {
  if (choice === 'wasm') return finished(await openers.wasm(), 'WASM was asked for.', {});
  if (choice === 'webgpu') {
    const asked = await openers.webgpu();
    if (!asked)
      throw new TunesmithError(
        'device/no-webgpu',
        'device: WebGPU was asked for, but this browser offers no adapter; choose "auto" or "wasm"',
      );
    return finished(asked, 'WebGPU was asked for.', {});
  }
  const tried = await tryWebgpu(openers);
  if (tried.why !== null) return finished(await openers.wasm(), `${tried.why}, so the CPU computes (WASM).`, {});
  const { webgpu, speed } = tried;
  let wasm: OpenBackend;
  try {
    wasm = await openers.wasm();
  } catch (error) {
    await webgpu.activate?.();
    return finished(webgpu, `The CPU can't be used here (${wordsOf(error)}).`, { webgpu: speed });
  }
  const trial = { webgpu: speed, wasm: await trialSpeed(wasm.kernels) };
  const figures = `${trial.webgpu.toFixed(1)} against ${trial.wasm.toFixed(1)} GFLOP/s in a short trial`;
  if (trial.wasm > trial.webgpu) {
    await webgpu.close();
    const kind = webgpu.facts.isFallbackAdapter
      ? 'WebGPU is emulated in software here'
      : 'WebGPU is slower than the CPU here';
    return finished(wasm, `${kind} (${figures}), so the CPU computes (WASM).`, trial);
  }
  await wasm.close();
  await webgpu.activate?.();
  return finished(webgpu, `The GPU is faster than the CPU (${figures}).`, trial);
}

type Tried = { webgpu: OpenBackend; speed: number; why: null } | { why: string };

/** Opens WebGPU and times it. `why`: there is none, or none that works: its driver may refuse, or lose the device at the first work. */
async function tryWebgpu(openers: BackendOpeners): Promise<Tried> {
  let webgpu: OpenBackend | null = null;
  try {
    webgpu = await openers.webgpu();
    if (!webgpu) return { why: 'This browser offers no WebGPU adapter' };
    const { kernels } = webgpu;
    return { webgpu, speed: await again(() => trialSpeed(kernels)), why: null };
  } catch (error) {
    // One that is lost may refuse this, too.
    await Promise.resolve(webgpu?.close()).catch(() => undefined);
    return { why: `WebGPU fails here (${wordsOf(error)})` };
  }
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const finished = (
  { kernels, facts, memory, trouble, setPace, close }: OpenBackend,
  reason: string,
  trial: Partial<Record<BackendName, number>>,
): Engine => ({
  kernels,
  facts: { ...facts, reason, trial },
  memory,
  ...(trouble ? { trouble } : {}),
  ...(setPace ? { setPace } : {}),
  close,
});

/** Rows, inner side and columns of the trial: a linear layer of a small chat model over one micro-batch. */
const trialShape = { m: 256, k: 256, n: 768 };
const trialMs = 60;
const trialRuns = 20;

/** GFLOP/s of matmuls x·Wᵀ, after one that is not counted (pipelines compile, pages are touched). */
export async function trialSpeed(kernels: Kernels): Promise<number> {
  const { m, k, n } = trialShape;
  const x = kernels.zeros([m, k]);
  const w = kernels.zeros([n, k]);
  kernels.fill(x, 0.5);
  kernels.fill(w, 0.25);
  const once = async (): Promise<void> => {
    const y = kernels.matmul(x, w, { transposeB: true });
    await kernels.finish().finally(() => free(y));
  };
  try {
    await once();
    const begun = performance.now();
    let runs = 0;
    while (runs === 0 || (runs < trialRuns && performance.now() - begun < trialMs)) {
      await once();
      runs++;
    }
    const seconds = Math.max((performance.now() - begun) / 1000, 1e-6);
    return (2e-9 * m * k * n * runs) / seconds;
  } finally {
    free(x, w);
  }
}
