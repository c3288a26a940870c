import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How fast the machine is, by a piece of fixed work that is done again and again beside what is measured. */
export interface ReferenceClock {
  /** Steps of the fixed work per second of processor time, over those since it was last asked. */
  read(): { speed: number; error: number };
  stop(): void;
}

/** Steps after which everything is compiled. */
const warmSteps = 60;

/** Starts the fixed work; resolves when it is as fast as it gets. */
export async function startReference(): Promise<ReferenceClock> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'reference.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let speeds: number[] = [];
  await new Promise<void>((resolve, reject) => {
    let left = warmSteps;
    createInterface({ input: child.stdout }).on('line', (line) => {
      speeds.push(1000 / Number(line));
      if (--left === 0) resolve();
    });
    child.on('exit', (code) => reject(new Error(`reference.ts: ended with code ${code}`)));
  });
  return {
    read: () => {
      const values = speeds;
      speeds = [];
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
      // Twice the standard error: the mean's 95 % interval.
      return { speed: mean, error: 2 * Math.sqrt(variance / values.length) };
    },
    stop: () => void child.kill(),
  };
}
