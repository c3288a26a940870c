import { execFile, fork } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Sample } from './sample';

/** Environment variable that names a Python with TRL (bench/data/requirements.txt). */
export const pythonVariable = 'TUNESMITH_PYTHON';

/** Something that measures a file again and again. */
export interface DataContender {
  measure(file: string): Promise<Sample>;
  close(): void;
}

/** A process that only tokenizes, on one thread: it stays, so that its code is warm after the first file. */
export function tokenizerProcess(folder: string, whose: 'ours' | 'transformers.js'): DataContender {
  const child = fork(join(import.meta.dirname, 'tokenizeTexts.ts'), [folder, whose], {
    execArgv: ['--import', 'tsx', '--max-old-space-size=4096'],
  });
  return {
    measure: (file) =>
      new Promise((done, failed) => {
        const onExit = (status: number | null): void =>
          failed(new Error(`${whose}: the process ended with ${String(status)}`));
        child.once('exit', onExit);
        child.once('message', (sample: Sample) => {
          child.off('exit', onExit);
          done(sample);
        });
        child.send(file);
      }),
    close: () => void child.kill(),
  };
}

/** What prepareWithTrl.py prints. */
export interface TrlSample extends Sample {
  loadSeconds: number;
  prepareSeconds: number;
  workers: number;
  versions: string;
}

/** TRL with the Python that {@link pythonVariable} names, in a new process each time; null where none is named. */
export function trlProcess(
  folder: string,
  workers: number,
  maxLength: number,
): { measure(file: string): Promise<TrlSample> } | null {
  const python = process.env[pythonVariable];
  if (!python) return null;
  const script = join(import.meta.dirname, 'prepareWithTrl.py');
  return {
    measure: async (file) => {
      const words = [script, folder, file, String(workers), String(maxLength)];
      const { stdout } = await promisify(execFile)(python, words, { maxBuffer: 2 ** 24 });
      const lastLine = stdout.trim().split('\n').at(-1) ?? '';
      const { seconds, ...rest } = JSON.parse(lastLine) as Omit<TrlSample, 'ms'> & { seconds: number };
      return { ms: 1000 * seconds, ...rest };
    },
  };
}
