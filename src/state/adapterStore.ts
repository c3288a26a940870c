/** What a run made (or an earlier visit kept), an adapter or a whole tuned model: there or not, whence, and how it leaves. */
import { create } from 'zustand';
import { downloadZip } from 'client-zip';
import { z } from 'zod';
import { TunesmithError, toErrorRecord, type ErrorRecord } from '../lib/errors';
import type { FolderFile } from '../protocol/training';
import { forgetFolder, keepFolder, keptFolder } from '../storage/keep';
import { readSetting, writeSetting } from '../storage/settings';
import { clients } from './clients';
import { vault } from './runs/vault';
import { setNotice } from './viewStore';

const noteSchema = z.object({
  model: z.string(),
  data: z.string(),
  steps: z.number(),
  finishedAt: z.number(),
  /** The file or folder of this computer that it was opened from; how it was trained is then not known. */
  file: z.string().optional(),
});
/** What a kept adapter was made from. */
export type AdapterNote = z.output<typeof noteSchema>;

export type AdapterStatus =
  | { kind: 'none' }
  /** A run is changing it; chat may already use it between two steps. */
  | { kind: 'training' }
  | {
      kind: 'ready';
      note: AdapterNote;
      restored: boolean;
      /** Not an adapter but all weights of the model, tuned in place. */
      whole: boolean;
      /** The run that keeps it; null: none does, and a whole model is then in this tab only. */
      runId: string | null;
    };
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

/** Which run's adapter, or whole model, was in use last: the run keeps the files. */
const setting = 'adapterOf';
const markSchema = z.object({ runId: z.string(), note: noteSchema, whole: z.boolean().default(false) });
/** A copy of the last adapter, where its run could not be kept (and as versions before kept runs did). */
const keptName = 'last-adapter';
/** Files without which PEFT cannot load the folder. */
const required = ['adapter_config.json', 'adapter_model.safetensors'];

/** Grows when what is in use gives way to something else: what was being read for it then comes too late. */
let changes = 0;

/** Whether nothing has changed since this was called. */
function unchanged(): () => boolean {
  const mine = changes;
  return () => mine === changes;
}

/** The adapter is gone from the worker (another model, a fresh run). What storage keeps stays. */
export function forgetAdapter(): void {
  changes += 1;
  useAdapter.setState({ status: { kind: 'none' }, download: { kind: 'idle' } });
}

/** Chat can ask the tuned model. */
export const isTuned = ({ kind }: AdapterStatus): boolean => kind !== 'none';

/** A run has begun to change a fresh adapter. Returns the way back, for a run that fails before it learned anything. */
export function beginTraining(): () => Promise<void> {
  const { status } = useAdapter.getState();
  forgetAdapter();
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

/** What the next visit begins with. */
const rememberTuned = (runId: string, note: AdapterNote, whole: boolean): void =>
  writeSetting(setting, { runId, note, whole });
const rememberNone = (): void => writeSetting(setting, null);

/**
 * Notes that a run has left an adapter or a whole model, which the next visit finds again in the run's folder. Where the run is
 * not kept, a copy of the adapter is; a whole model is not then, and an adapter of an earlier visit is not the last result any more.
 */
export async function adoptAdapter(note: AdapterNote, runId: string): Promise<void> {
  try {
    const whole = (await clients().compute.tunedKind()) === 'model';
    const runs = await vault()
      .listRuns()
      .catch(() => []);
    const run = runs.find(({ record }) => record.id === runId);
    const isKept = whole ? run?.hasModel === true : run?.hasAdapter === true;
    useAdapter.setState({
      status: { kind: 'ready', note, restored: false, whole, runId: isKept ? runId : null },
      download: { kind: 'idle' },
    });
    if (isKept) rememberTuned(runId, note, whole);
    else rememberNone();
    if (whole || isKept) await forgetFolder(keptName);
    else await keepFolder(keptName, await exported(), note);
  } catch (error) {
    setNotice(error);
  }
}

/**
 * Loads the adapter that a kept run made, or with `whole` the model. Errors: `run/no-adapter`, `adapter/*`, `model/none`,
 * `adapter/too-late`, and those of `loadRunModel`.
 */
export async function loadTunedOf(runId: string, note: AdapterNote, whole: boolean): Promise<void> {
  const isWanted = unchanged();
  const tooLate = (): TunesmithError =>
    new TunesmithError('adapter/too-late', 'adapter: its model gave way to another one meanwhile; use it again');
  if (whole) await clients().compute.loadRunModel(runId);
  else {
    const files = await vault().readAdapter(runId);
    if (!files) {
      throw new TunesmithError(
        'run/no-adapter',
        'run: it has left no adapter; continue it to its end, or choose another run',
      );
    }
    if (!isWanted()) throw tooLate();
    await clients().compute.loadAdapter(files);
  }
  if (!isWanted()) throw tooLate();
  rememberTuned(runId, note, whole);
  useAdapter.setState({ status: { kind: 'ready', note, restored: true, whole, runId }, download: { kind: 'idle' } });
}

/** Puts an adapter from this computer in use, and keeps a copy for the next visit. Errors: `adapter/*`, `model/none`. */
export async function loadAdapterFiles(files: FolderFile[], note: AdapterNote): Promise<void> {
  await clients().compute.loadAdapter(files);
  useAdapter.setState({
    status: { kind: 'ready', note, restored: false, whole: false, runId: null },
    download: { kind: 'idle' },
  });
  rememberNone();
  await keepFolder(keptName, files, note);
}

/** Whether weights in f32 would do: the model stays with its run, for a visit that loads them so. */
const isOfDtype = (error: unknown): boolean => toErrorRecord(error).code === 'recipe/full-dtype';

/** Loads the adapter, or the whole model, of an earlier visit, if it belongs to this model. */
export async function restoreAdapter(model: string): Promise<void> {
  const isWanted = unchanged();
  const mark = markSchema.safeParse(readSetting(setting, null)).data;
  if (mark) {
    // One that does not load any more stays with its run; only this visit begins without.
    if (mark.note.model === model)
      await loadTunedOf(mark.runId, mark.note, mark.whole).catch((error: unknown) => {
        if (isWanted() && !isOfDtype(error)) rememberNone();
      });
    return;
  }
  const kept = await keptFolder(keptName);
  const note = noteSchema.safeParse(kept?.note);
  if (!kept || !note.success || note.data.model !== model) return;
  try {
    const files = await Promise.all(
      kept.files.map(async ({ name, file }) => ({ name, bytes: new Uint8Array(await file.arrayBuffer()) })),
    );
    if (!isWanted()) return;
    await clients().compute.loadAdapter(files);
    if (!isWanted()) return;
    useAdapter.setState({ status: { kind: 'ready', note: note.data, restored: true, whole: false, runId: null } });
  } catch {
    // Made by another version of the model: it would only fail again on every visit.
    if (isWanted()) await forgetFolder(keptName);
  }
}

/** Takes the adapter off: chat shows the base model alone, the next run starts afresh, as every run does. */
export async function removeAdapter(): Promise<void> {
  try {
    await clients().compute.dropAdapter();
    forgetAdapter();
    rememberNone();
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
