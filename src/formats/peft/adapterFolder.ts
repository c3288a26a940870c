import { TunesmithError } from '../../lib/errors';
import { toFloat32 } from '../safetensors/dtypes';
import { rangedBytes } from '../../lib/ranged';
import { openSafetensors } from '../safetensors/readSafetensors';
import { writeSafetensors, type FloatTensor } from '../safetensors/writeSafetensors';
import { readPeftConfig, writePeftConfig, type PeftConfig } from './adapterConfig';

/** One adapted module: its path without prefix (`model.layers.0.self_attn.q_proj`), A [R, in], B [out, R], row-major. */
export interface LoraPair {
  module: string;
  inFeatures: number;
  outFeatures: number;
  a: Float32Array;
  b: Float32Array;
  /** DoRA's magnitudes [out]; null without. */
  magnitude: Float32Array | null;
}

interface NamedBytes {
  name: string;
  bytes: Uint8Array;
}

const prefix = 'base_model.model.';
/** Module and part of a key. The adapter's name, `default`, stands in keys that were saved without PEFT's help. */
const keyPattern =
  /^base_model\.model\.(.+?)\.(?:(lora_[AB])(?:\.default)?\.weight|(lora_magnitude_vector)(?:\.default)?(?:\.weight)?)$/;
const weightsName = 'adapter_model.safetensors';
const configName = 'adapter_config.json';

/**
 * The two files that PEFT loads, keys as PEFT writes them: `base_model.model.<module>.lora_A.weight`, `.lora_B.weight` and, with
 * DoRA, `.lora_magnitude_vector`.
 */
export function writePeftFolder(config: PeftConfig, pairs: readonly LoraPair[]): NamedBytes[] {
  const tensors: FloatTensor[] = pairs.flatMap(({ module, a, b, magnitude, inFeatures, outFeatures }) => [
    { name: `${prefix}${module}.lora_A.weight`, shape: [config.r, inFeatures], values: a },
    { name: `${prefix}${module}.lora_B.weight`, shape: [outFeatures, config.r], values: b },
    ...(magnitude
      ? [{ name: `${prefix}${module}.lora_magnitude_vector`, shape: [outFeatures], values: magnitude }]
      : []),
  ]);
  return [
    { name: weightsName, bytes: writeSafetensors(tensors) },
    { name: configName, bytes: new TextEncoder().encode(writePeftConfig(config)) },
  ];
}

/**
 * Reads a PEFT folder (F32, F16 or BF16). Where its target_modules is a pattern the result lists the modules by path. Throws
 * `adapter/missing-file`, `adapter/config`, `model/safetensors`, or `adapter/tensors` when a key is not of LoRA or DoRA, a
 * module is not complete, a shape does not fit rank r, or a value is no finite number.
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
  const found = new Map<string, Partial<LoraPair>>();
  for (const [key, { dtype, shape }] of weights.tensors) {
    const [, module, factor, vector] = keyPattern.exec(key) ?? [];
    if (module === undefined)
      return fail(key, 'expected base_model.model.<module>.lora_A.weight, .lora_B.weight or .lora_magnitude_vector');
    const pair = found.get(module) ?? {};
    found.set(module, pair);
    const [rows = 0, columns = 0] = shape;
    const got = `got shape [${shape.join()}]`;
    const values = toFloat32(dtype, await weights.read(key), `${weightsName}, ${key}`);
    if (!values.every(Number.isFinite)) fail(key, 'every value must be a finite number; train or download it again');
    if (vector) {
      if (!config.use_dora) fail(key, 'use_dora is false in adapter_config.json, so there are no magnitudes');
      if (shape.length !== 1) fail(key, `must be a vector, ${got}`);
      pair.magnitude = values;
      continue;
    }
    if (shape.length !== 2 || (factor === 'lora_A' ? rows : columns) !== config.r)
      fail(key, `the rank must be r = ${config.r}, ${got}`);
    if (factor === 'lora_A') Object.assign(pair, { a: values, inFeatures: columns });
    else Object.assign(pair, { b: values, outFeatures: rows });
  }
  const pairs: LoraPair[] = [];
  for (const [module, { a, b, magnitude = null, inFeatures = 0, outFeatures = 0 }] of found) {
    if (!a || !b) return fail(`${prefix}${module}`, 'one of lora_A and lora_B is missing');
    if (config.use_dora && magnitude?.length !== outFeatures)
      return fail(
        `${prefix}${module}`,
        `lora_magnitude_vector must have ${outFeatures} numbers, got ${magnitude?.length ?? 'none'}`,
      );
    pairs.push({ module, a, b, magnitude, inFeatures, outFeatures });
  }
  if (pairs.length === 0) fail('(file)', 'holds no LoRA weights');
  // A pattern names the modules that were adapted, and those are the ones with weights.
  return { config: { ...config, target_modules: config.target_modules ?? pairs.map(({ module }) => module) }, pairs };
}
