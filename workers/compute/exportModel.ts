import { modelParameters, viewsOf } from '../../src/engine/full/parameters';
import type { Model } from '../../src/engine/model/model';
import { floatLayout } from '../../src/formats/safetensors/floatLayout';
import { sizeOf, type View } from '../../src/kernels/runtime/view';
import { TunesmithError } from '../../src/lib/errors';
import type { ExportedFile } from '../../src/protocol/training';
import type { ModelFolder } from '../../src/storage/modelSource';
import { sourceFiles, type AdapterOrigin } from './exportFolder';
import { requiredJson } from './modelFiles';
import { usageNote } from './usageNote';

const weightsName = 'model.safetensors';

/** A folder whose files are read in ranges, so that a large one is never held whole. */
export interface FolderExport {
  files: ExportedFile[];
  /** Bytes start … end − 1 of a file. Throws `export/no-file` or `export/range`. */
  read(name: string, start: number, end: number): Promise<Uint8Array>;
}

/**
 * The model as a folder that transformers reads: weights in F32 (what was trained, so that a score of the folder is that of
 * the run), config, tokenizer, chat template, generation settings, model card and recipe. Weights come from the device as they
 * are asked for.
 */
export async function exportModelFolder(
  model: Model,
  origin: AdapterOrigin,
  folder: ModelFolder,
): Promise<FolderExport> {
  const baseName = origin.baseName ?? folder.name;
  const text = (name: string, content: string) => ({ name, bytes: new TextEncoder().encode(content) });
  const small = [
    text('config.json', `${JSON.stringify(inSingles(await requiredJson(folder, 'config.json')), null, 2)}\n`),
    ...(await sourceFiles(folder, origin.recipe)),
    text('README.md', modelCard(model, origin, baseName)),
    ...(origin.recipe ? [text('recipe.json', `${JSON.stringify(origin.recipe, null, 2)}\n`)] : []),
  ];
  const bytesOf = new Map(small.map(({ name, bytes }) => [name, bytes]));
  const weights = openWeights(model);
  const files = [...small.map(({ name, bytes }) => ({ name, sizeBytes: bytes.length }))];
  files.push({ name: weightsName, sizeBytes: weights.sizeBytes });
  return {
    files,
    async read(name, start, end) {
      const size = files.find((file) => file.name === name)?.sizeBytes;
      if (size === undefined) throw new TunesmithError('export/no-file', `${name}: the folder holds no such file`);
      if (!(start >= 0 && start <= end && end <= size))
        throw new TunesmithError(
          'export/range',
          `${name}: must be asked for within its ${size} bytes, got ${start}–${end}`,
        );
      return bytesOf.get(name)?.slice(start, end) ?? (await weights.read(start, end));
    },
  };
}

/** The config, saying that the weights are singles: `dtype` in new folders, `torch_dtype` in older ones. */
function inSingles(config: unknown): unknown {
  const given = config as Record<string, unknown>;
  return { ...given, [given.dtype === undefined ? 'torch_dtype' : 'dtype']: 'float32' };
}

/** The weights as a safetensors file, read from the device in ranges. */
function openWeights(model: Model): { sizeBytes: number; read(start: number, end: number): Promise<Uint8Array> } {
  const parameters = new Map(modelParameters(model).map((parameter) => [parameter.name, parameter]));
  const { header, tensors, sizeBytes } = floatLayout([...parameters.values()]);
  /** Every part of every tensor, and the byte of the file where it begins. */
  const parts: { view: View; begin: number; end: number }[] = [];
  for (const { name, begin } of tensors) {
    let at = header.length + begin;
    const parameter = parameters.get(name);
    for (const view of parameter ? viewsOf(parameter.value) : []) {
      const end = at + 4 * sizeOf(view.shape);
      parts.push({ view, begin: at, end });
      at = end;
    }
  }
  return {
    sizeBytes,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      bytes.set(header.subarray(start, end));
      for (const part of parts) {
        if (part.end <= start || part.begin >= end) continue;
        // Whole numbers around the range.
        const first = Math.floor((Math.max(start, part.begin) - part.begin) / 4);
        const count = Math.ceil((Math.min(end, part.end) - part.begin) / 4) - first;
        const { storage, offset } = part.view;
        const values = await model.kernels.read({ storage, offset: offset + first, shape: [count] });
        const read = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        const at = part.begin + 4 * first;
        const from = Math.max(start, at);
        bytes.set(read.subarray(from - at, Math.min(end, part.end) - at), from - start);
      }
      return bytes;
    },
  };
}

function modelCard({ facts }: Model, { recipe, dataHash, steps }: AdapterOrigin, baseName: string): string {
  const rows: [string, string | number][] = [
    ['Method', 'full fine-tuning'],
    ['Parameters', facts.parameters],
  ];
  if (recipe) {
    const { training } = recipe;
    rows.push(
      ['Optimizer steps', steps],
      ['Learning rate', `${training.learning_rate}, ${training.lr_scheduler_type}`],
      ['Rows a step', `${training.per_device_train_batch_size} × ${training.gradient_accumulation_steps}`],
      ['Seed', training.seed],
      ['Data (SHA-256)', dataHash],
    );
  }
  return `---
base_model: ${JSON.stringify(baseName)}
library_name: transformers
pipeline_tag: text-generation
tags: [tunesmith]
---

# ${baseName}, fine-tuned

All weights fine-tuned in a browser tab with Tunesmith.

| | |
|---|---|
${rows.map(([label, value]) => `| ${label} | ${value} |`).join('\n')}

${usageNote(recipe)}
`;
}
