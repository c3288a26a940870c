import type { ModelConfig } from '../model/modelConfig';
import { targetedModules } from './targets';
import type { LoraSettings } from './lora';

/** Where an adapted module's numbers lie in the flat buffer, in elements. */
export interface ModuleLayout {
  path: string;
  /** Position among all adapted modules: seeds its dropout. */
  index: number;
  inFeatures: number;
  outFeatures: number;
  /** A [R, in]. */
  aOffset: number;
  /** B [out, R]. */
  bOffset: number;
  /** DoRA's magnitudes [out]; null without. */
  mOffset: number | null;
}

export interface LoraLayout {
  modules: readonly ModuleLayout[];
  /** Elements of the flat buffer, gaps included. */
  size: number;
  /** Numbers that are trained, without the gaps. */
  parameters: number;
}

/** Parts of a buffer begin at multiples of 64 elements: WebGPU binds at 256 bytes. */
const alignment = 64;
export const aligned = (elements: number): number => Math.ceil(elements / alignment) * alignment;

/** Module by module in order of computation: A, B and, with DoRA, the magnitudes. Throws `recipe/target-modules`. */
export function loraLayout(config: ModelConfig, { target_modules, r, use_dora }: LoraSettings): LoraLayout {
  const modules: ModuleLayout[] = [];
  let size = 0;
  let parameters = 0;
  const place = (elements: number): number => {
    const offset = size;
    size += aligned(elements);
    parameters += elements;
    return offset;
  };
  for (const {
    path,
    shape: [outFeatures, inFeatures],
  } of targetedModules(config, target_modules)) {
    const [aOffset, bOffset] = [place(r * inFeatures), place(outFeatures * r)];
    const mOffset = use_dora ? place(outFeatures) : null;
    modules.push({ path, index: modules.length, inFeatures, outFeatures, aOffset, bOffset, mOffset });
  }
  return { modules, size, parameters };
}
