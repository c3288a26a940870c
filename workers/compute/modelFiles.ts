import type { WeightSource } from '../../src/engine/model/weights';
import { duplicateKey } from '../../src/formats/safetensors/duplicateKey';
import { floatTensors } from '../../src/formats/safetensors/floatTensors';
import { openSafetensors, type SafetensorsFile } from '../../src/formats/safetensors/readSafetensors';
import { TunesmithError } from '../../src/lib/errors';
import type { ModelFolder } from '../../src/storage/modelSource';

type OnProgress = (loadedBytes: number, totalBytes: number, detail: string) => void;

const singleName = 'model.safetensors';
const indexName = 'model.safetensors.index.json';

/**
 * Weights of a model folder: one safetensors file, or the shards that its index names. Only their heads are read; tensors follow
 * in parts on demand. Throws `model/missing-file`, `model/index` and what opening a safetensors file throws.
 */
export async function openWeights(folder: ModelFolder, onProgress: OnProgress): Promise<WeightSource> {
  const open = async (name: string): Promise<SafetensorsFile | null> => {
    const ranged = await folder.ranged(name, (loaded, total) => onProgress(loaded, total, name));
    return ranged && openSafetensors(ranged, name);
  };
  const single = await open(singleName);
  if (single) return floatTensors(new Map([...single.tensors.keys()].map((tensor) => [tensor, single])));
  const shardOf = await readIndex(folder);
  const files = new Map<string, SafetensorsFile>();
  for (const shard of new Set(shardOf.values())) {
    const file = await open(shard);
    if (!file) throw missing(shard);
    for (const tensor of file.tensors.keys()) {
      if (files.has(tensor)) throw badIndex(`${tensor} is in ${shard} and in another shard`, tensor);
      const said = shardOf.get(tensor);
      if (said !== undefined && said !== shard) throw badIndex(`${tensor} is in ${shard}, not in ${said}`, tensor);
      files.set(tensor, file);
    }
  }
  for (const [tensor, shard] of shardOf) if (!files.has(tensor)) throw badIndex(`${tensor} is not in ${shard}`, tensor);
  return floatTensors(files);
}

/** The file of each tensor, by model.safetensors.index.json. */
async function readIndex(folder: ModelFolder): Promise<Map<string, string>> {
  const text = await folder.readText(indexName);
  if (text === null) throw missing(singleName);
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch {
    throw badIndex('it must be JSON');
  }
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  const entries = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : [];
  if (entries.length === 0) throw badIndex('weight_map must name the file of each tensor');
  const doubled = duplicateKey(text);
  if (doubled !== null) throw badIndex(`${doubled} stands there twice`, doubled);
  return new Map(entries.map(([tensor, shard]) => [tensor, shardName(tensor, shard)]));
}

/** A shard lies beside the index: its name is that of a safetensors file and of no other folder. */
function shardName(tensor: string, shard: unknown): string {
  if (typeof shard !== 'string' || !/^[^/\\:%?#]+\.safetensors$/.test(shard) || shard.startsWith('.'))
    throw badIndex(
      `the file of ${tensor} must be a .safetensors file in the same folder, got ${JSON.stringify(shard)}`,
      tensor,
    );
  return shard;
}

const badIndex = (rule: string, path?: string): TunesmithError =>
  new TunesmithError(
    'model/index',
    `${indexName}: ${rule}; download the model folder again`,
    path === undefined ? {} : { path },
  );

const missing = (file: string): TunesmithError =>
  new TunesmithError('model/missing-file', `model folder: ${file} is missing; choose the whole folder`, { path: file });

/** Parsed JSON of a file that every model folder has. Throws `model/missing-file`. */
export async function requiredJson(folder: ModelFolder, file: string): Promise<unknown> {
  const value = await folder.readJson(file);
  if (value === null) throw missing(file);
  return value;
}
