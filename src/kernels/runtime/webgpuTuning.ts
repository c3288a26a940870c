import type { ProductChoices } from '../matmul/variants';
import type { WebgpuRunner } from './webgpuRunner';
import { asView, sizeOf, type Operand } from './view';

/** What kernels choose by. */
export interface Tuning {
  /** WebGPU in software: a few cores, four-wide, every load dear. Few fat threads; else many thin ones. */
  software: boolean;
  /** Groups of four lanes exchange values without memory (WGSL `subgroups`). */
  quads: boolean;
  /** Threads that work on one row together. */
  rowThreads: number;
  /** Workgroups that keep the device busy: fewer outputs than that, and a long sum is split. */
  busyGroups: number;
  /** Most bytes of a weight in one binding. */
  partBytes: number;
  /** Measured (matmul/trial.ts) or kept from a time before; a class that is not in it takes the register variant. */
  products: ProductChoices;
}

export interface WebgpuContext {
  runner: WebgpuRunner;
  tuning: Tuning;
}

export function tuningOf(device: GPUDevice): Tuning {
  const info = (device as { adapterInfo?: GPUAdapterInfo & { isFallbackAdapter?: boolean } }).adapterInfo;
  const software = info?.isFallbackAdapter === true || info?.architecture === 'swiftshader';
  return {
    software,
    // Elsewhere the lanes of a quad are not known to be neighbours in the workgroup.
    quads: software && device.features.has('subgroups'),
    rowThreads: software ? 4 : 64,
    busyGroups: software ? 8 : 128,
    partBytes: device.limits.maxStorageBufferBindingSize,
    products: {},
  };
}

/** 1 when all these widths or sizes can be read as vec4, else 0. */
export const vec4Of = (...sizes: number[]): number => (sizes.every((size) => size % 4 === 0) ? 1 : 0);

export const elementsOf = (operand: Operand): number => sizeOf(asView(operand).shape);

export const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);
