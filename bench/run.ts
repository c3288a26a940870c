// The benchmark: ours against others, in one run, interleaved, medians, ratios first (bench/README.md).
//   npm run bench -- [--suite matmul|step|chat|data|page|scaling] [--backend webgpu|wasm] [--case TEXT] [--without stock,jax]
//                    [--rows N] [--rounds N] [--json] [--keep]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { measureChat } from './chat/suite';
import { dataLines, measureData, type DataResult } from './data/suite';
import { measureMatmul } from './matmul/suite';
import { benchOptions } from './options';
import { openArena } from './remotes';
import { caseLine, type CaseResult } from './report';
import { measureScaling, scalingLine, type ScalingResult } from './scaling/suite';
import { measureStep } from './step/suite';
import { measurePage, pageLine, type PageResult } from './visit/suite';

type Result = CaseResult | ScalingResult | DataResult | PageResult;

const options = benchOptions();

/** Suites that run on one backend, in one arena. */
const onBackend = { matmul: measureMatmul, step: measureStep, chat: measureChat, scaling: measureScaling };

const linesOf = (result: Result): string[] => {
  switch (result.suite) {
    case 'data':
      return dataLines(result as DataResult);
    case 'page':
      return [pageLine(result as PageResult)];
    case 'scaling':
      return [scalingLine(result as ScalingResult)];
    default:
      return [caseLine(result as CaseResult)];
  }
};

const tell = (result: Result): void => void process.stderr.write(`${linesOf(result).join('\n')}\n`);

async function run(): Promise<Result[]> {
  const results: Result[] = [];
  for (const suite of options.suites)
    if (suite === 'data') results.push(await measureData(options.rows, options.rounds));
    else if (suite === 'page') results.push(measurePage());
    else
      for (const backend of options.backends) {
        const arena = await openArena(backend);
        try {
          results.push(...(await onBackend[suite](arena, backend, options, tell)));
        } finally {
          await arena.close();
        }
      }
  return results;
}

const git = (...args: string[]): string =>
  execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();

const results = await run();
const report = {
  date: new Date().toISOString(),
  commit: git('rev-parse', 'HEAD'),
  // Of what was measured: the benchmark's own files and notes may change meanwhile.
  changed: git('status', '--porcelain', '--', '../src').split('\n').filter(Boolean).length,
  node: process.version,
  platform: `${process.platform} ${process.arch}`,
  cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
  results,
};
if (options.keep) {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const file = `${report.date.slice(0, 16).replaceAll(':', '')}-${options.name}.json`;
  writeFileSync(join(folder, file), `${JSON.stringify(report, null, 2)}\n`);
}
process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `${results.flatMap(linesOf).join('\n')}\n`);
