import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const project = join(import.meta.dirname, '../..');

export interface PageResult {
  suite: 'page';
  case: 'first visit';
  device: string;
  /** From opening the page to … */
  readySeconds: number;
  trainedSeconds: number;
  answeredSeconds: number;
  /** While training; 0: none of 50 ms. */
  longestTaskMs: number;
  /** Scripts and styles of the build as a server would send them. */
  bundle: { file: string; bytes: number; gzipBytes: number }[];
  bundleGzipBytes: number;
  /** What the first page loads before anything is pressed: index.html with the files that it names. */
  firstLoadGzipBytes: number;
}

/** The first visit as the browser test drives it, on the built page, and the sizes of the build. */
export function measurePage(): PageResult {
  const test = spawnSync('npx', ['--no-install', 'playwright', 'test', '--project=auto', 'firstVisit'], {
    cwd: project,
    stdio: ['ignore', 2, 2],
  });
  if (test.status !== 0) throw new Error('page: the first visit failed; see its messages above');
  const record = JSON.parse(readFileSync(join(project, 'test-results/firstVisit.json'), 'utf8')) as Omit<
    PageResult,
    'suite' | 'case' | 'bundle' | 'bundleGzipBytes' | 'firstLoadGzipBytes'
  >;
  const bundle = builtFiles(join(project, 'dist'));
  const index = readFileSync(join(project, 'dist/index.html'), 'utf8');
  const named = bundle.filter(({ file }) => index.includes(file));
  const total = (files: readonly { gzipBytes: number }[]): number =>
    files.reduce((sum, { gzipBytes }) => sum + gzipBytes, 0);
  const { device, readySeconds, trainedSeconds, answeredSeconds, longestTaskMs } = record;
  return {
    suite: 'page',
    case: 'first visit',
    device,
    readySeconds,
    trainedSeconds,
    answeredSeconds,
    longestTaskMs,
    bundle,
    bundleGzipBytes: total(bundle),
    firstLoadGzipBytes: total(named) + gzipSync(index).length,
  };
}

function builtFiles(dist: string): PageResult['bundle'] {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(js|css|wasm)$/.test(file))
    .map((file) => {
      const path = join(dist, file);
      return { file, bytes: statSync(path).size, gzipBytes: gzipSync(readFileSync(path)).length };
    })
    .sort((one, other) => other.gzipBytes - one.gzipBytes);
}

export const pageLine = (result: PageResult): string =>
  [
    'page   ',
    `ready ${result.readySeconds.toFixed(1)} s, tuned ${result.trainedSeconds.toFixed(1)} s, answered ${result.answeredSeconds.toFixed(1)} s,`,
    `longest task ${result.longestTaskMs.toFixed(0)} ms, first load ${(result.firstLoadGzipBytes / 1024).toFixed(0)} KiB`,
    `of ${(result.bundleGzipBytes / 1024).toFixed(0)} KiB gzipped (${result.bundle.length} files)`,
  ].join(' ');
