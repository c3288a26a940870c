/** An adapter of this computer: PEFT's folder, its two files, or a zip of them (as this page hands one out). */
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { FolderFile } from '../protocol/training';
import { filesOfZip } from '../storage/zip/filesOfZip';
import { loadAdapterFiles } from './adapterStore';
import { useModel } from './modelStore';
import { isActive, useRun } from './runStore';
import { announce } from './viewStore';

/** What PEFT loads. */
const wanted = ['adapter_config.json', 'adapter_model.safetensors'];
/** Far more than any adapter of a model that fits a page. */
const mostBytes = 2 ** 30;

/** How a person knows what was chosen: by its folder, or its file. */
function nameOf([first]: readonly File[]): string {
  return first?.webkitRelativePath.split('/').at(-2) ?? first?.name ?? '';
}

async function filesOf(files: readonly File[]): Promise<FolderFile[]> {
  const [only, ...others] = files;
  if (only && others.length === 0 && /\.zip$/i.test(only.name)) return filesOfZip(only, wanted, mostBytes);
  const found = wanted.flatMap((name) => files.find((file) => file.name === name) ?? []);
  return Promise.all(found.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
}

/**
 * Puts a chosen adapter in use: for chat, to take along, to train further. Resolves to why that can't be, or to null.
 * @param file what it is known by.
 */
export async function openAdapter(files: readonly File[], file = nameOf(files)): Promise<ErrorRecord | null> {
  try {
    if (isActive(useRun.getState().status))
      throw new TunesmithError('train/busy', 'adapter: a run is changing the present one; stop it first');
    const { weights } = useModel.getState();
    if (weights.kind !== 'ready')
      throw new TunesmithError('model/none', 'adapter: its base model must be loaded first; choose a model');
    const note = { model: weights.facts.name, data: '', steps: 0, finishedAt: Date.now(), file };
    await loadAdapterFiles(await filesOf(files), note);
    announce(`The adapter ${file} is in use.`);
    return null;
  } catch (error) {
    return toErrorRecord(error);
  }
}
