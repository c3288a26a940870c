import { accessSync, constants, existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { toErrorRecord, TunesmithError } from '../../src/lib/errors';

/** Folders that `train` replaces in `--out`. */
export const writtenFolders = ['adapter', 'model', 'checkpoints'] as const;
export const metricsName = 'metrics.jsonl';

const bad = (slug: string, message: string): TunesmithError => new TunesmithError(`options/${slug}`, message);

/** Checks that results can be written to `--out`, before anything long begins. @throws `options/bad-out`. */
export function needOutput(path: string): string {
  let there = resolve(path);
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  if (!statSync(there).isDirectory())
    throw bad('bad-out', `--out: must be a folder, or the name of a new one, got ${path}; ${there} is a file`);
  try {
    accessSync(there, constants.W_OK);
  } catch {
    throw bad('bad-out', `--out: must be a folder that can be written to, got ${path}; check the rights of ${there}`);
  }
  return path;
}

/**
 * Checks that a run into `--out` destroys nothing that it should not: none of what it is given, and no folder that no run
 * has left there. @throws `options/out-holds-input`, `options/out-in-use`.
 */
export function needHarmlessOutput(out: string, given: Record<string, string | null>, resume: boolean): void {
  for (const [option, path] of Object.entries(given)) {
    const folder = path === null ? undefined : writtenFolders.find((name) => isWithin(path, join(out, name)));
    if (folder !== undefined)
      throw bad(
        'out-holds-input',
        `--out: must not be where a run's own input lies, got ${out}, whose ${folder}/ is replaced and holds --${option} ${path}; name another folder`,
      );
  }
  // What is continued is there already, and is not replaced but added to.
  if (resume || existsSync(join(out, metricsName))) return;
  const foreign = writtenFolders.find((name) => existsSync(join(out, name)));
  if (foreign !== undefined)
    throw bad(
      'out-in-use',
      `--out: must be a new folder or that of an earlier run, got ${out}, which holds a ${foreign}/ but no ${metricsName}; name another folder, or move ${foreign}/ away`,
    );
}

function isWithin(path: string, folder: string): boolean {
  if (!existsSync(path) || !existsSync(folder)) return false;
  const way = relative(realpathSync(folder), realpathSync(path));
  return way !== '..' && !way.startsWith(`..${sep}`) && resolve(way) !== way;
}

/** What the system said when a result could not be written, as an error that says what to do. */
export function notWritten(out: string, error: unknown): TunesmithError {
  if (error instanceof TunesmithError) return error;
  const { message } = toErrorRecord(error);
  return new TunesmithError(
    'output/not-written',
    `--out: ${out} must take what a run leaves, got ${message}; make room there or name another folder`,
    { cause: error },
  );
}
