import type { WeightSource } from '../../src/engine/model/weights';
import { toFloat32 } from '../../src/formats/safetensors/dtypes';
import { openSafetensors, type SafetensorsFile } from '../../src/formats/safetensors/readSafetensors';
import { TunesmithError } from '../../src/lib/errors';
import type { ModelFolder } from '../../src/storage/modelSource';

type OnProgress = (loadedBytes: number, totalBytes: number, detail: string) => void;

const singleName = 'model.safetensors';
const indexName = 'model.safetensors.index.json';

/** Weights of a model folder: one safetensors file, or the shards that its index names. Throws `model/missing-file`. */
export async function openWeights(folder: ModelFolder, onProgress: OnProgress): Promise<WeightSource> {
  const files = new Map<string, SafetensorsFile>();
  const open = async (name: string): Promise<SafetensorsFile | null> => {
    const ranged = await folder.ranged(name, (loaded, total) => onProgress(loaded, total, name));
    if (!ranged) return null;
    const file = await openSafetensors(ranged, name);
    for (const tensor of file.tensors.keys()) files.set(tensor, file);
    return file;
  };
  if (!(await open(singleName))) {
    for (const shard of await shardNames(folder)) if (!(await open(shard))) throw missing(shard);
  }
  return {
    list: () =>
      [...files].map(([name, file]) => {
        const { dtype = '', shape = [] } = file.tensors.get(name) ?? {};
        return { name, dtype, shape };
      }),
    async read(name) {
      const file = files.get(name);
      const entry = file?.tensors.get(name);
      if (!file || !entry) throw new TunesmithError('model/weights', `weights: ${name} is missing`);
      return toFloat32(entry.dtype, await file.read(name), name);
    },
  };
}

async function shardNames(folder: ModelFolder): Promise<string[]> {
  const index = (await folder.readJson(indexName)) as { weight_map?: Record<string, unknown> } | null;
  if (!index) throw missing(singleName);
  const names = [...new Set(Object.values(index.weight_map ?? {}))];
  if (names.length === 0 || !names.every((name) => typeof name === 'string'))
    throw new TunesmithError(
      'model/weights',
      `${indexName}: weight_map must name the file of each tensor; download it again`,
    );
  return names;
}

const missing = (file: string): TunesmithError =>
  new TunesmithError('model/missing-file', `model folder: ${file} is missing; choose the whole folder`, { path: file });

/** Parsed JSON of a file that every model folder has. Throws `model/missing-file`. */
export async function requiredJson(folder: ModelFolder, file: string): Promise<unknown> {
  const value = await folder.readJson(file);
  if (value === null) throw missing(file);
  return value;
}
