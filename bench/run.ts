// The benchmark: ours against others, in one run, interleaved, medians, ratios first (bench/README.md).
//   npm run bench -- [--suite step|matmul|data] [--backend webgpu|wasm] [--batch chat|dense] [--rows N] [--rounds N] [--json] [--keep]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BackendName, Work } from './contender';
import { dataLines, measureData, type DataResult } from './data/suite';
import { duel, type DuelResult } from './duel';
import { matmulCases } from './matmul/cases';
import { openArena } from './remotes';
import { batches, type BatchName } from './step/workload';

const { values } = parseArgs({
  options: {
    suite: { type: 'string' },
    backend: { type: 'string' },
    batch: { type: 'string' },
    /** Conversations of the suite `data`, about 1 KB each. */
    rows: { type: 'string', default: '5000' },
    rounds: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
    /** Writes the results to bench/results/. */
    keep: { type: 'boolean', default: false },
  },
});

/** One of the known names, or all of them. */
function chosen<Name extends string>(option: string, value: string | undefined, known: readonly Name[]): Name[] {
  if (value === undefined) return [...known];
  const found = known.filter((name) => name === value);
  if (found.length === 0) throw new Error(`--${option}: must be one of ${known.join(', ')}, got ${value}`);
  return found;
}

interface Result extends DuelResult {
  suite: 'step' | 'matmul';
  case: string;
  backend: BackendName;
  host: string;
  devices: { ours: string; stock: string };
  /** Of our median: tokens a second for `step`, GFLOP/s for `matmul`. */
  speed: number;
}

/** Products a measurement: small ones would drown in the cost of asking. */
const repeatsFor = (flops: number): number => Math.max(1, Math.min(20, Math.round(4e8 / flops)));

interface Contest {
  name: string;
  work: Work;
  /** Largest relative difference of what both compute. */
  tolerance: number;
  /** Units of {@link Result.speed} in one piece of work. */
  amount: number;
}

function contests(suite: 'step' | 'matmul', batchNames: BatchName[]): Contest[] {
  if (suite === 'step')
    return batchNames.map((name) => {
      const rows = batches[name]();
      const tokens = rows.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
      return { name, work: { suite, rows }, tolerance: 1e-3, amount: tokens };
    });
  return matmulCases.map((shape) => {
    const flops = 2 * shape.m * shape.k * shape.n;
    const repeats = repeatsFor(flops);
    return { name: shape.name, work: { suite, shape, repeats }, tolerance: 1e-4, amount: (flops * repeats) / 1e9 };
  });
}

/** The option's whole number from 1. */
function wholeNumber(option: string, value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1)
    throw new Error(`--${option}: must be a whole number from 1, got ${value}`);
  return number;
}

async function run(): Promise<(Result | DataResult)[]> {
  const suites = chosen('suite', values.suite, ['data', 'step', 'matmul'] as const);
  const rounds = wholeNumber('rounds', values.rounds);
  const rows = wholeNumber('rows', values.rows);
  const duels = suites.filter((suite) => suite !== 'data');
  return [
    ...(suites.includes('data') ? [await measureData(rows, rounds)] : []),
    ...(duels.length > 0 ? await runDuels(duels, rounds) : []),
  ];
}

async function runDuels(suites: ('step' | 'matmul')[], rounds: number): Promise<Result[]> {
  const backends = chosen('backend', values.backend, ['webgpu', 'wasm'] as const);
  const batchNames = chosen('batch', values.batch, Object.keys(batches) as BatchName[]);
  const results: Result[] = [];
  for (const backend of backends) {
    const arena = await openArena(backend);
    try {
      const devices = { ours: await opened(arena.ours), stock: await opened(arena.stock) };
      for (const suite of suites)
        for (const contest of contests(suite, batchNames)) {
          const outcome = await duel(arena, contest.work, rounds, contest.tolerance);
          const speed = contest.amount / (outcome.ours.medianMs / 1000);
          const result = { suite, case: contest.name, backend, host: arena.host, devices, speed, ...outcome };
          results.push(result);
          process.stderr.write(`${line(result)}\n`);
        }
    } finally {
      await arena.close();
    }
  }
  return results;
}

async function opened({
  ask,
}: {
  ask: (order: { order: 'open' }) => Promise<{ ok: boolean; device?: string; message?: string }>;
}): Promise<string> {
  const answer = await ask({ order: 'open' });
  if (!answer.ok) throw new Error(answer.message);
  return answer.device ?? '';
}

const line = ({ suite, case: name, backend, ratio, ours, stock, speed }: Result): string =>
  [
    suite.padEnd(7),
    backend.padEnd(7),
    name.padEnd(32),
    `${ratio.toFixed(2)}×`.padStart(8),
    `ours ${ours.medianMs.toFixed(1)} ms`.padStart(18),
    `stock ${stock.medianMs.toFixed(1)} ms`.padStart(20),
    `${speed.toFixed(1)} ${suite === 'step' ? 'tokens/s' : 'GFLOP/s'}`.padStart(18),
  ].join(' ');

const linesOf = (result: Result | DataResult): string[] =>
  result.suite === 'data' ? dataLines(result) : [line(result)];

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
if (values.keep) {
  const folder = join(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  const name = [
    report.date.slice(0, 16).replaceAll(':', ''),
    values.suite ?? 'all',
    values.suite === 'data' ? values.rows : (values.backend ?? 'all'),
  ].join('-');
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(report, null, 2)}\n`);
}
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : `${results.flatMap(linesOf).join('\n')}\n`);
