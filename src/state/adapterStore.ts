/** What a run made (or an earlier visit kept), an adapter or a whole tuned model: there or not, whence, and how it leaves. */
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
  /** `whole`: not an adapter but all weights of the model, tuned in place; kept in this tab only. */
  | { kind: 'ready'; note: AdapterNote; restored: boolean; whole: boolean };
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

/**
 * Notes that a run has left an adapter, and keeps a copy for the next visit. A model whose weights were all tuned is not kept:
 * it is as large as a download; an adapter of an earlier visit is then forgotten, as it is not the last result any more.
 */
export async function adoptAdapter(note: AdapterNote): Promise<void> {
  try {
    const whole = (await clients().compute.tunedKind()) === 'model';
    useAdapter.setState({ status: { kind: 'ready', note, restored: false, whole }, download: { kind: 'idle' } });
    if (whole) {
      await forgetFolder(keptName);
      return;
    }
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
    useAdapter.setState({ status: { kind: 'ready', note: note.data, restored: true, whole: false } });
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

interface ZipFile {
  name: string;
  sizeBytes: number;
  input: Uint8Array | ReadableStream<Uint8Array>;
}

/** Bytes of a model file that come from the worker at a time. */
const pieceBytes = 2 ** 24;

/** The tuned model's files, each read from the worker piece by piece while the zip is written. */
async function modelFiles(): Promise<ZipFile[]> {
  const { compute } = clients();
  return (await compute.openExport()).map(({ name, sizeBytes }) => {
    let at = 0;
    const input = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const end = Math.min(at + pieceBytes, sizeBytes);
        if (end > at) controller.enqueue(await compute.readExport(name, at, end));
        at = end;
        if (at === sizeBytes) controller.close();
      },
    });
    return { name, sizeBytes, input };
  });
}

/** The adapter as a PEFT folder, or the tuned model as a Hugging Face folder, in a zip, handed to the browser's downloads. */
export async function downloadAdapter(): Promise<void> {
  const { status } = useAdapter.getState();
  const what = status.kind === 'ready' && status.whole ? 'model' : 'adapter';
  useAdapter.setState({ download: { kind: 'packing' } });
  try {
    const files: ZipFile[] =
      what === 'model'
        ? await modelFiles()
        : (await exported()).map(({ name, bytes }) => ({ name, sizeBytes: bytes.byteLength, input: bytes }));
    const now = new Date();
    const entries = files.map(({ name, sizeBytes, input }) => ({
      name: `${what}/${name}`,
      size: sizeBytes,
      input,
      lastModified: now,
    }));
    const blob = await downloadZip(entries).blob();
    const fileName = `tunesmith-${what}-${now.toISOString().slice(0, 10)}.zip`;
    offer(blob, fileName);
    const listed = files.map(({ name, sizeBytes }) => ({ name, sizeBytes }));
    useAdapter.setState({ download: { kind: 'done', fileName, sizeBytes: blob.size, files: listed } });
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
