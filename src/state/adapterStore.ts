/** The adapter that a run made (or an earlier visit kept): there or not, where it came from, and how it leaves. */
import { create } from 'zustand';
import { downloadZip } from 'client-zip';
import { z } from 'zod';
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { FolderFile } from '../protocol/training';
import { forgetFolder, keepFolder, keptFolder } from '../storage/keep';
import { clients } from './clients';
import { setNotice } from './viewStore';

const noteSchema = z.object({ model: z.string(), data: z.string(), steps: z.number(), finishedAt: z.number() });
/** What a kept adapter was made from. */
export type AdapterNote = z.output<typeof noteSchema>;

export type AdapterStatus =
  | { kind: 'none' }
  /** A run is changing it; chat may already use it between two steps. */
  | { kind: 'training' }
  | { kind: 'ready'; note: AdapterNote; restored: boolean };
export type DownloadStatus =
  | { kind: 'idle' }
  | { kind: 'packing' }
  | { kind: 'done'; fileName: string; sizeBytes: number; files: { name: string; sizeBytes: number }[] }
  | { kind: 'failed'; error: ErrorRecord };

interface AdapterState {
  status: AdapterStatus;
  download: DownloadStatus;
}

export const useAdapter = create<AdapterState>()(() => ({ status: { kind: 'none' }, download: { kind: 'idle' } }));

const keptName = 'last-adapter';
/** Files without which PEFT cannot load the folder. */
const required = ['adapter_config.json', 'adapter_model.safetensors'];

/** The adapter is gone from the worker (another model, a fresh run). What storage keeps stays. */
export function forgetAdapter(): void {
  useAdapter.setState({ status: { kind: 'none' }, download: { kind: 'idle' } });
}

/** Chat can ask the tuned model. */
export const isTuned = ({ kind }: AdapterStatus): boolean => kind !== 'none';

/** A run has begun to change a fresh adapter. Returns the way back, for a run that fails before it learned anything. */
export function beginTraining(): () => Promise<void> {
  const { status } = useAdapter.getState();
  useAdapter.setState({ status: { kind: 'none' }, download: { kind: 'idle' } });
  return async () => {
    const kept = await clients().compute.hasAdapter();
    useAdapter.setState({ status: kept && status.kind !== 'none' ? status : { kind: 'none' } });
  };
}

/** The first step is done: the adapter has learned something. */
export function showTraining(): void {
  if (useAdapter.getState().status.kind === 'none') useAdapter.setState({ status: { kind: 'training' } });
}

async function exported(): Promise<FolderFile[]> {
  const files = await clients().compute.exportAdapter();
  const missing = required.filter((name) => !files.some((file) => file.name === name && file.bytes.byteLength > 0));
  if (missing.length > 0) {
    throw new TunesmithError(
      'page/incomplete-adapter',
      `Adapter: must hold ${missing.join(' and ')}, got ${files.map((file) => file.name).join(', ')}; train again`,
    );
  }
  return files;
}

/** Notes that a run has left an adapter, and keeps a copy for the next visit. */
export async function adoptAdapter(note: AdapterNote): Promise<void> {
  useAdapter.setState({ status: { kind: 'ready', note, restored: false }, download: { kind: 'idle' } });
  try {
    await keepFolder(keptName, await exported(), note);
  } catch (error) {
    setNotice(error);
  }
}

/** Loads the adapter of an earlier visit, if it belongs to this model. */
export async function restoreAdapter(model: string): Promise<void> {
  const kept = await keptFolder(keptName);
  const note = noteSchema.safeParse(kept?.note);
  if (!kept || !note.success || note.data.model !== model) return;
  try {
    const files = await Promise.all(
      kept.files.map(async ({ name, file }) => ({ name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    await clients().compute.loadAdapter(files);
    useAdapter.setState({ status: { kind: 'ready', note: note.data, restored: true } });
  } catch {
    // Made by another version of the model: it would only fail again on every visit.
    await forgetFolder(keptName);
  }
}

/** Takes the adapter off: chat shows the base model alone, the next run starts afresh, as every run does. */
export async function removeAdapter(): Promise<void> {
  try {
    await clients().compute.dropAdapter();
    forgetAdapter();
    await forgetFolder(keptName);
  } catch (error) {
    setNotice(error);
  }
}

/** The adapter as a PEFT folder in a zip, handed to the browser's downloads. */
export async function downloadAdapter(): Promise<void> {
  useAdapter.setState({ download: { kind: 'packing' } });
  try {
    const files = await exported();
    const now = new Date();
    const entries = files.map(({ name, bytes }) => ({ name: `adapter/${name}`, input: bytes, lastModified: now }));
    const blob = await downloadZip(entries).blob();
    const fileName = `tunesmith-adapter-${now.toISOString().slice(0, 10)}.zip`;
    offer(blob, fileName);
    useAdapter.setState({
      download: {
        kind: 'done',
        fileName,
        sizeBytes: blob.size,
        files: files.map(({ name, bytes }) => ({ name, sizeBytes: bytes.byteLength })),
      },
    });
  } catch (error) {
    useAdapter.setState({ download: { kind: 'failed', error: toErrorRecord(error) } });
  }
}

/** Gives a file to the browser's downloads. */
function offer(blob: Blob, fileName: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download reads the address after this task; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
