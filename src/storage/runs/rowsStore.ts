/** Rows in storage, under the hash of what they hold: runs on the same rows share them. */
import { TunesmithError } from '../../lib/errors';
import { sha256 } from '../../lib/sha256';
import { listFiles, openFile, readFile, removeFile, writeFile } from './diskFile';
import { rowsDirectory } from './places';
import { orFull } from './room';
import { decodeRows } from './rowsFile';
import type { RunRows } from './runRows';

/** Keeps rows as a file; nothing is written where they are there already, whole. Throws `storage/full`. */
export async function keepRows(hash: string, file: Uint8Array): Promise<void> {
  const directory = await rowsDirectory();
  const before = await openFile(directory, hash);
  if (before?.size === file.length && (await sha256(new Uint8Array(await before.arrayBuffer()))) === hash) return;
  await orFull('training rows', file.length, () => writeFile(directory, hash, file));
}

/** The file of kept rows, checked against its hash. Throws `run/damaged`. */
export async function readRowsFile(hash: string): Promise<Uint8Array> {
  const file = await readFile(await rowsDirectory(), hash);
  if (!file) throw damaged('are missing');
  if ((await sha256(file)) !== hash) throw damaged('are not as they were written');
  return file;
}

/** Kept rows. Throws `run/damaged`. */
export async function readRows(hash: string): Promise<RunRows> {
  const rows = decodeRows(await readRowsFile(hash));
  if (!rows) throw damaged('cannot be read');
  return rows;
}

/** Deletes rows that nobody names; what that freed. Within `withRunIndex('exclusive')`. */
export async function removeOtherRows(needed: ReadonlySet<string>): Promise<{ files: number; bytes: number }> {
  const directory = await rowsDirectory();
  const others = (await listFiles(directory)).filter(({ name }) => !needed.has(name));
  for (const { name } of others) await removeFile(directory, name);
  return { files: others.length, bytes: others.reduce((sum, { bytes }) => sum + bytes, 0) };
}

const damaged = (how: string): TunesmithError =>
  new TunesmithError(
    'run/damaged',
    `run: the rows it was trained on ${how}; it can't be continued, start it again from its data file`,
  );
