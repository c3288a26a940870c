import type { LoraAdapter } from '../adapters/lora';

/** Elements of an adapter's flat buffer that are checked together. */
export interface Part {
  /** For example `q_proj lora_B`, over all layers; `all`. */
  name: string;
  ranges: { offset: number; size: number }[];
}

/** Each kind of trained matrix in the order in which kinds come first, then all of them together. */
export function partsOf({ modules, settings: { r } }: Pick<LoraAdapter, 'modules' | 'settings'>): Part[] {
  const parts = new Map<string, Part>();
  const add = (name: string, offset: number, size: number): void => {
    const part = parts.get(name) ?? { name, ranges: [] };
    part.ranges.push({ offset, size });
    parts.set(name, part);
  };
  for (const { path, aOffset, bOffset, mOffset, inFeatures, outFeatures } of modules.values()) {
    const kind = path.slice(path.lastIndexOf('.') + 1);
    add(`${kind} lora_A`, aOffset, r * inFeatures);
    add(`${kind} lora_B`, bOffset, outFeatures * r);
    if (mOffset !== null) add(`${kind} lora_magnitude_vector`, mOffset, outFeatures);
  }
  const kinds = [...parts.values()];
  return [...kinds, { name: 'all', ranges: kinds.flatMap(({ ranges }) => ranges) }];
}
