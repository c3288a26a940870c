import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TrainEventBody } from '../src/protocol/training';

const bin = join(import.meta.dirname, '../headless/bin.mjs');

export interface Outcome {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Called with each line of standard output as it comes, and the way to send the process a signal. */
  onLine?: (line: string, signal: (name: NodeJS.Signals) => void) => void;
}

/** Runs the command line to its end. */
export async function tunesmith(words: string[], { onLine }: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [bin, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine?.(line, (name) => child.kill(name));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout, stderr };
}

export const jsonLines = <Row = Record<string, unknown>>(text: string): Row[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

type StepEvent = Extract<TrainEventBody, { event: 'step' }>;

/** Step events without their times, which differ from run to run. */
export const stepsOf = (text: string): Omit<StepEvent, 'ms'>[] =>
  jsonLines<TrainEventBody>(text).flatMap((event) => {
    if (event.event !== 'step') return [];
    const { ms, ...rest } = event;
    if (!(ms > 0)) throw new Error(`step ${event.step}: took ${ms} ms`);
    return [rest];
  });
