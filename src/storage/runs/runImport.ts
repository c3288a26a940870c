/** A run that comes back from a file, of whoever made it. */
import type { TunesmithError } from '../../lib/errors';
import type { KeptModelSource, RunEventBody, RunRecord } from '../../protocol/run';
import { runEventSchema, runLabelSchema, runRecordSchema } from '../../protocol/runSchema';
import { writeFile, writePieces } from './diskFile';
import { encodeEvents, eventFromJson } from './eventLines';
import { runDirectory, runsDirectory } from './places';
import { freeBytes, fullError, orFull } from './room';
import { decodeRows } from './rowsFile';
import { keepRows } from './rowsStore';
import { adapterNameOf, modelPath, stepOf } from './runArchive';
import { removeFailedRun } from './runList';
import { holdRunFolder, withRunIndex } from './runLocks';
import { badRunFile, RunZip } from './runZip';
import { writeSlots } from './slots';
import { labelName, newStoredRun, writeStoredRun, type StoredRun } from './storedRun';

/**
 * Keeps the run of an exported zip; resolves to its id, a new one where a run of that id is here. One that was going on or was
 * interrupted counts as stopped. Throws `run/bad-file`, `storage/full`, `storage/unavailable`; nothing is left then.
 */
export async function importRun(file: File): Promise<string> {
  const zip = await RunZip.open(file);
  const needed = zip.files.reduce((sum, { bytes }) => sum + bytes, 0);
  if (needed > (await freeBytes())) throw await fullError(file.name, needed);
  const given = runRecordSchema.safeParse(await zip.json('run.json'));
  if (!given.success) throw bad(file, 'run.json', given.error);
  const label = runLabelSchema.safeParse(await zip.json('label.json'));
  if (!label.success) throw bad(file, 'label.json', label.error);
  const events = eventsOf(file, await zip.bytes('events.jsonl'));
  const rows = await zip.bytes('rows.bin');
  const { examplesHash } = given.data;
  if (zip.files.find(({ path }) => path === 'rows.bin')?.sha256 !== examplesHash || !decodeRows(rows))
    throw badRunFile(file.name, 'its rows are not those that its record names');

  const { id, release } = await holdFreeId(given.data.id);
  try {
    await orFull(file.name, needed, () =>
      withRunIndex('shared', async () => {
        await keepRows(examplesHash, rows);
        const directory = await (await runsDirectory()).getDirectoryHandle(id, { create: true });
        const run = newStoredRun(arrived({ ...given.data, id }));
        await writeFile(directory, run.events, encodeEvents(events));
        await writeSlots(directory, labelName, label.data);
        await writeStoredRun(directory, await withFiles(run, zip, directory));
      }),
    );
    return id;
  } catch (error) {
    await removeFailedRun(id);
    throw error;
  } finally {
    release();
  }
}

/** The id, or a new one where a run has it, and its folder held. Asked again while held: another tab may be importing the same run. */
async function holdFreeId(wanted: string): Promise<{ id: string; release: () => void }> {
  if (!(await runDirectory(wanted))) {
    const release = await holdRunFolder(wanted);
    if (!(await runDirectory(wanted))) return { id: wanted, release };
    release();
  }
  const id = crypto.randomUUID();
  return { id, release: await holdRunFolder(id) };
}

/** The run with the zip's checkpoints, adapter and model, written under names of its own. */
async function withFiles(run: StoredRun, zip: RunZip, directory: FileSystemDirectoryHandle): Promise<StoredRun> {
  const next: StoredRun = { ...run, checkpoints: [], adapter: [] };
  const write = async (kind: string, path: string): Promise<string> => {
    const name = `${kind}-${next.nextFile++}`;
    await writePieces(directory, name, zip.pieces(path));
    return name;
  };
  for (const { path, bytes, sha256 } of zip.files) {
    const step = stepOf(path);
    const name = adapterNameOf(path);
    if (step !== null) next.checkpoints.push({ step, file: await write('checkpoint', path), bytes });
    if (path === modelPath) next.model = { file: await write('model', path), bytes };
    if (name !== null) next.adapter.push({ name, file: await write('adapter', path), bytes, sha256 });
  }
  next.checkpoints.sort((one, two) => one.step - two.step);
  return next;
}

/** The record as it is in this browser. */
function arrived(record: RunRecord): RunRecord {
  const { source } = record.model;
  return {
    ...record,
    status: record.status === 'running' ? 'stopped' : record.status,
    model: { ...record.model, source: source && isKnown(source) ? source : null },
  };
}

/** Whether continuing may fetch from there unasked: an address that comes in a file is no wish of the person who opens it. */
function isKnown(source: KeptModelSource): boolean {
  const address = source.kind === 'hub' ? source.endpoint : source.baseUrl;
  const own = (globalThis as { location?: Location }).location?.origin;
  try {
    const { origin } = new URL(address);
    return origin === (source.kind === 'hub' ? 'https://huggingface.co' : own);
  } catch {
    return false;
  }
}

function eventsOf(file: File, bytes: Uint8Array): RunEventBody[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  if (lines.pop() !== '') throw badRunFile(file.name, 'events.jsonl does not end in a line break');
  return lines.map((line, index) => {
    try {
      return runEventSchema.parse(eventFromJson(line));
    } catch (error) {
      throw badRunFile(file.name, `line ${index + 1} of events.jsonl is no event of a run`, error);
    }
  });
}

const bad = (
  file: File,
  path: string,
  error: { issues: { path: PropertyKey[]; message: string }[] },
): TunesmithError => {
  const [issue] = error.issues;
  return badRunFile(file.name, `${path} is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`);
};
