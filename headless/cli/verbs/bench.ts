import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { TunesmithError } from '../../../src/lib/errors';
import type { OptionsOf } from '../options';

/** `bench`: runs the benchmark as a program of its own, so that nothing of the command line weighs on it. */
export async function benchVerb(options: OptionsOf<'bench'>): Promise<void> {
  const project = resolve(import.meta.dirname, '../../..');
  const words = [
    ...(options.suite === undefined ? [] : ['--suite', options.suite]),
    ...(options.backend === undefined || options.backend === 'auto' ? [] : ['--backend', options.backend]),
    ...(options.json ? ['--json'] : []),
  ];
  const child = spawn(process.execPath, ['--import', 'tsx', join(project, 'bench/run.ts'), ...words], {
    cwd: project,
    stdio: 'inherit',
  });
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0)
    throw new TunesmithError('bench/failed', `bench: ended with status ${String(status)}; read its messages above`);
}
