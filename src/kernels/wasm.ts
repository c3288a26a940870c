import * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels';
import type { WorkPace } from './runtime/breather';
import { backendName, registerSharing, WasmBackend } from './runtime/wasmBackend';
import { WasmKernels } from './runtime/wasmKernels';
import { WasmMachine } from './runtime/wasmMachine';

export interface WasmOptions {
  /** The caller and its workers; default the machine's cores, at most 8. Without shared memory there is one. */
  threads?: number;
  /** Off: the build that rounds products, as engines without relaxed SIMD run it. Default: where the engine has it. */
  relaxedSimd?: boolean;
  /** Off: plain memory and one thread, as in a page that is not cross-origin isolated. */
  sharedMemory?: boolean;
  /** Makes it tfjs's active backend, in place of one opened before (which is disposed). Default true. */
  activate?: boolean;
}

export interface WasmDevice {
  kernels: Kernels;
  threads: number;
  relaxedSimd: boolean;
  sharedMemory: boolean;
  /** Bytes held by tensors now, at most so far, and taken from the system. */
  memory: () => { bytesInUse: number; peakBytes: number; bytesReserved: number };
  /** Begins a new measurement of the peak. */
  resetPeak: () => void;
  /** Tensors may hold at most so many bytes (null: what there is); more is `device/out-of-memory`. */
  setLimit: (bytes: number | null) => void;
  /** How much of the time work takes: at `polite`, `kernels.breathe` rests in proportion to the work since the last call. */
  setPace: (pace: WorkPace) => void;
  /** Ends the threads; tensors of this device can no longer be used. */
  dispose: () => void;
}

/**
 * Opens the WebAssembly implementation: SIMD (fused multiply-add where the engine has it) and, where memory can be shared,
 * threads. Same results for any number of threads. Errors: `device/no-simd`, `device/wasm-load`.
 */
export async function openWasm(options: WasmOptions = {}): Promise<WasmDevice> {
  const { activate = true, ...machineOptions } = options;
  const machine = await WasmMachine.open(machineOptions);
  const backend = new WasmBackend(machine);
  if (activate) {
    registerSharing();
    if (tf.findBackend(backendName)) tf.removeBackend(backendName);
    tf.registerBackend(backendName, () => backend, 2);
    await tf.setBackend(backendName);
  }
  const { heap, threads, relaxedSimd, sharedMemory } = machine;
  const kernels = new WasmKernels(backend);
  return {
    kernels,
    threads,
    relaxedSimd,
    sharedMemory,
    memory: () => ({ bytesInUse: heap.bytesInUse, peakBytes: heap.peakBytes, bytesReserved: heap.bytesReserved }),
    resetPeak: () => heap.resetPeak(),
    setLimit: (bytes) => heap.setLimit(bytes),
    setPace(pace) {
      kernels.breather.pace = pace;
    },
    dispose() {
      if (activate && tf.findBackend(backendName) === backend) tf.removeBackend(backendName);
      else machine.dispose();
    },
  };
}
