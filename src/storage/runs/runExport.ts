/** A run taken along: everything that another browser needs to list, compare, chat with and continue it. */
import { downloadZip } from 'client-zip';
import { sha256 } from '../../lib/sha256';
import { openFile, readFile } from './diskFile';
import { decodeEvents, eventToJson } from './eventLines';
import { fileSha256 } from './fileHash';
import { noRun, runDirectory } from './places';
import { readRowsFile } from './rowsStore';
import { manifestName, modelPath, type Manifest } from './runArchive';
import { readLabel } from './runList';
import { withFreeRunFolder } from './runLocks';
import { needStoredRun } from './storedRun';

/**
 * The run as a zip ({@link Manifest}). Checkpoints, adapter files and models that are not there any more are left out. Throws
 * `run/none`, `run/damaged`, `run/busy` while it goes on.
 */
export async function exportRun(runId: string): Promise<Blob> {
  const directory = await runDirectory(runId);
  if (!directory) throw noRun(runId);
  return withFreeRunFolder(runId, async () => {
    const { record, checkpoints, events, adapter, model } = await needStoredRun(runId, directory);
    const list: Manifest['files'] = [];
    const files: { name: string; input: Uint8Array<ArrayBuffer> | Blob }[] = [];
    const add = async (path: string, bytes: Uint8Array | null): Promise<void> => {
      if (!bytes) return;
      list.push({ path, bytes: bytes.length, sha256: await sha256(bytes) });
      // A blob, so that the browser may put large ones on disk.
      files.push({ name: path, input: new Blob([bytes as Uint8Array<ArrayBuffer>]) });
    };
    const addFile = async (path: string, name: string): Promise<void> => {
      const file = await openFile(directory, name);
      if (!file) return;
      list.push({ path, bytes: file.size, sha256: await fileSha256(file) });
      files.push({ name: path, input: file });
    };
    const lines = decodeEvents((await readFile(directory, events)) ?? new Uint8Array()).events.map(eventToJson);
    await add('run.json', utf8(JSON.stringify(record, null, 2)));
    await add('label.json', utf8(JSON.stringify(await readLabel(directory), null, 2)));
    await add('events.jsonl', utf8(lines.map((line) => `${line}\n`).join('')));
    await add('rows.bin', await readRowsFile(record.examplesHash));
    for (const { step, file } of checkpoints) await addFile(`checkpoints/step-${step}`, file);
    for (const { name, file } of adapter) await addFile(`adapter/${name}`, file);
    if (model) await addFile(modelPath, model.file);
    const manifest: Manifest = { format: 'tunesmith-run', version: 1, files: list };
    const whole = [{ name: manifestName, input: utf8(JSON.stringify(manifest, null, 2)) }, ...files];
    return downloadZip(whole).blob();
  });
}

const utf8 = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
