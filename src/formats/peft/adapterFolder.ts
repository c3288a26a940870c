import { TunesmithError } from '../../lib/errors';
import { toFloat32 } from '../safetensors/dtypes';
import { rangedBytes } from '../safetensors/ranged';
import { openSafetensors } from '../safetensors/readSafetensors';
import { writeSafetensors, type FloatTensor } from '../safetensors/writeSafetensors';
import { readPeftConfig, writePeftConfig, type PeftConfig } from './adapterConfig';

/** One LoRA pair: module path without prefix (`model.layers.0.self_attn.q_proj`), A [R, in], B [out, R], row-major. */
export interface LoraPair {
  module: string;
  inFeatures: number;
  outFeatures: number;
  a: Float32Array;
  b: Float32Array;
}

interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

const prefix = 'base_model.model.';
const weightsName = 'adapter_model.safetensors';
const configName = 'adapter_config.json';

/** The two files that PEFT loads, keys as PEFT writes them: `base_model.model.<module>.lora_A.weight` and `.lora_B.weight`. */
export function writePeftFolder(config: PeftConfig, pairs: readonly LoraPair[]): NamedBytes[] {
  const tensors: FloatTensor[] = pairs.flatMap(({ module, a, b, inFeatures, outFeatures }) => [
    { name: `${prefix}${module}.lora_A.weight`, shape: [config.r, inFeatures], values: a },
    { name: `${prefix}${module}.lora_B.weight`, shape: [outFeatures, config.r], values: b },
  ]);
  return [
    { name: weightsName, bytes: writeSafetensors(tensors) },
    { name: configName, bytes: new TextEncoder().encode(writePeftConfig(config)) },
  ];
}

/**
 * Reads a PEFT folder (F32, F16 or BF16). Throws `adapter/missing-file`, `adapter/config`, `model/safetensors`, or
 * `adapter/tensors` when a key is not of a LoRA pair, a pair is not complete, or a shape does not fit rank r.
 */
export async function readPeftFolder(files: readonly NamedBytes[]): Promise<{ config: PeftConfig; pairs: LoraPair[] }> {
  const bytesOf = (name: string): Uint8Array => {
    // A folder dropped whole brings paths: the last part decides.
    const file = files.find((candidate) => candidate.name.split('/').at(-1) === name);
    if (!file)
      throw new TunesmithError(
        'adapter/missing-file',
        `adapter folder: ${name} is missing; choose the whole PEFT folder`,
      );
    return file.bytes;
  };
  const config = readPeftConfig(new TextDecoder().decode(bytesOf(configName)));
  const weights = await openSafetensors(rangedBytes(bytesOf(weightsName)), weightsName);
  const fail = (key: string, rule: string): never => {
    throw new TunesmithError('adapter/tensors', `${weightsName}, ${key}: ${rule}`, { path: key });
  };
  const halves = new Map<string, { a?: Float32Array; b?: Float32Array; inFeatures: number; outFeatures: number }>();
  for (const [key, { dtype, shape }] of weights.tensors) {
    const [, module, factor] = /^base_model\.model\.(.+)\.lora_([AB])\.weight$/.exec(key) ?? [];
    if (module === undefined) return fail(key, 'expected base_model.model.<module>.lora_A.weight or .lora_B.weight');
    const [rows = 0, columns = 0] = shape;
    if (shape.length !== 2 || (factor === 'A' ? rows : columns) !== config.r)
      fail(key, `the rank must be r = ${config.r}, got shape [${shape.join()}]`);
    const values = toFloat32(dtype, await weights.read(key), `${weightsName}, ${key}`);
    const half = halves.get(module) ?? { inFeatures: 0, outFeatures: 0 };
    halves.set(
      module,
      factor === 'A' ? { ...half, a: values, inFeatures: columns } : { ...half, b: values, outFeatures: rows },
    );
  }
  const pairs: LoraPair[] = [];
  for (const [module, { a, b, inFeatures, outFeatures }] of halves) {
    if (!a || !b) return fail(`${prefix}${module}`, 'one of lora_A and lora_B is missing');
    pairs.push({ module, a, b, inFeatures, outFeatures });
  }
  if (pairs.length === 0) fail('(file)', 'holds no LoRA weights');
  return { config, pairs };
}
