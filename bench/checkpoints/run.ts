// What a checkpoint costs: kept runs that save every 10 steps and kept runs that never do, in turns, in the page on WASM.
//   node --import tsx bench/checkpoints/run.ts [--rounds 5] [--steps 100] [--dist FOLDER] [--keep]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import { chromiumFlags, findBrowser, gpuKind } from '../../headless/browser';
import type { Automation } from '../../headless/cli/automation';
import { startStaticServer } from '../../headless/staticServer';
import type { RunEvent } from '../../src/protocol/run';
import { recipeSchema, type Recipe } from '../../src/recipe/schema';

const project = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '100' },
    dist: { type: 'string', default: 'dist' },
    keep: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
/** A checkpoint is written beside the steps of the first half of such a period, long before the second half begins. */
const period = 10;
// Default settings, but for evaluation and samples, which are no part of the question.
const recipeOf = (saveSteps: number | null, steps = Number(options.steps)) =>
  recipeSchema.parse({
    training: { max_steps: steps, eval_strategy: 'no', sample_steps: null, save_steps: saveSteps },
  });
const defaultSaveSteps = recipeSchema.parse({}).training.save_steps ?? Infinity;

interface Measured {
  saveSteps: number | null;
  /** From the call to its result. */
  seconds: number;
  /** Of it each of the optimizer steps. */
  stepMs: number[];
  checkpoints: number;
  checkpointBytes: number;
}

/** In the page: one kept run over 96 made-up rows of 48 tokens, so that every step is as much work. */
async function measure({ compute, proxy }: Automation, recipe: Recipe): Promise<Measured> {
  const [rows, tokens] = [96, 48];
  let seed = 1;
  const inputIds = Int32Array.from(
    { length: rows * tokens },
    () => 300 + ((seed = (seed * 48271) % 2147483647) % 3000),
  );
  const offsets = Uint32Array.from({ length: rows + 1 }, (_, row) => row * tokens);
  const train = { inputIds, labels: inputIds.slice(), offsets, rows: offsets.slice(0, rows).map((_, row) => row) };
  const runId = crypto.randomUUID();
  const stepMs: number[] = [];
  let checkpoints = 0;
  const begun = performance.now();
  await compute.train(
    {
      runId,
      recipe,
      train,
      validation: null,
      samples: [],
      dataHash: 'bench',
      adapter: null,
      checkpoint: null,
      keep: {
        dataName: 'bench',
        changesHash: '',
        model: { name: 'builtin', source: null, parameters: 0, fingerprint: null, weightDtype: 'f32' },
        parent: null,
        forecastBytes: null,
      },
    },
    proxy((events: RunEvent[]) => {
      for (const event of events) {
        if (event.event === 'step') stepMs.push(event.ms);
        if (event.event === 'checkpoint') checkpoints++;
        if (event.event === 'warning') throw new Error(`${event.code}: ${event.message}`);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const root = await navigator.storage.getDirectory();
  const runs = await (await root.getDirectoryHandle('tunesmith')).getDirectoryHandle('runs');
  let checkpointBytes = 0;
  for await (const file of (await runs.getDirectoryHandle(runId)).values())
    if (file.kind === 'file' && file.name.startsWith('checkpoint')) checkpointBytes = (await file.getFile()).size;
  await runs.removeEntry(runId, { recursive: true });
  const saveSteps = recipe.training.save_steps;
  return { saveSteps, seconds, stepMs, checkpoints, checkpointBytes };
}

const inPage = (page: Page, recipe: Recipe): Promise<Measured> =>
  page.evaluate(`(${measure.toString()})(globalThis.tunesmith, ${JSON.stringify(recipe)})`);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
/** Of the mean. */
const standardError = (values: readonly number[]): number =>
  Math.sqrt(sum(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1) / values.length);

/**
 * For every period but the first: how much longer its first half's steps took than as many before and after it. The machine's
 * speed changes by half within a minute, so only neighbours are compared.
 */
const firstHalves = ({ stepMs }: Measured): number[] => {
  const half = period / 2;
  const from = (first: number): number => sum(stepMs.slice(first, first + half));
  const starts = stepMs.map((_, at) => at).filter((at) => at > 0 && at % period === 0 && at + period <= stepMs.length);
  return starts.map((at) => from(at) - (from(at - half) + from(at + half)) / 2);
};

const server = await startStaticServer({ root: resolve(project, options.dist), base: '/' });
// A profile on disk, as users have: without one, files are kept in the browser process's memory.
const profile = mkdtempSync(join(tmpdir(), 'tunesmith-checkpoints-'));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: findBrowser(),
  args: chromiumFlags(gpuKind()),
});
try {
  const page = await browser.newPage();
  await page.addInitScript('globalThis.__name ??= (named) => named');
  await page.goto(`${server.url}?automation`);
  await page.waitForFunction('globalThis.tunesmith !== undefined');
  const device = await page.evaluate<{ adapter: string }>(`(async () => {
    const { compute, proxy, ready } = globalThis.tunesmith;
    await ready;
    const facts = await compute.openDevice('wasm');
    await compute.loadModel({ kind: 'url', baseUrl: '${server.url}models/builtin/', name: 'builtin' }, {}, proxy(() => {}));
    return facts;
  })()`);
  const found: Measured[] = [];
  await inPage(page, recipeOf(period, period + 1)); // warms up
  // In turns, the order turned round every round.
  for (let round = 1; round <= rounds; round++) {
    for (const saveSteps of round % 2 === 0 ? [null, period] : [period, null]) {
      const run = await inPage(page, recipeOf(saveSteps));
      process.stderr.write(`${round}: ${JSON.stringify({ ...run, stepMs: sum(run.stepMs) })}\n`);
      found.push(run);
    }
  }
  const saving = found.filter(({ saveSteps }) => saveSteps !== null);
  const bare = found.filter(({ saveSteps }) => saveSteps === null);
  const stepMs = median(bare.flatMap((run) => run.stepMs));
  const checkpoints = saving[0]?.checkpoints ?? NaN;
  /** What steps wait for: reading the state, its checksum, the write before. */
  const outsideSteps = (runs: readonly Measured[]): number =>
    median(runs.map((run) => 1000 * run.seconds - sum(run.stepMs)));
  const waitMs = (outsideSteps(saving) - outsideSteps(bare)) / checkpoints;
  /** What writing takes from the steps beside it; of runs that save nothing it must come out as nothing. */
  const beside = saving.flatMap(firstHalves);
  const nothing = bare.flatMap(firstHalves);
  /** At the default of one in so many steps. */
  const percent = (ms: number): number => (100 * ms) / (defaultSaveSteps * stepMs);
  const result = {
    suite: 'checkpoints',
    device: device.adapter,
    cores: cpus().length,
    rounds,
    steps: Number(options.steps),
    checkpointsARun: checkpoints,
    checkpointBytes: saving[0]?.checkpointBytes,
    stepMs,
    defaultSaveSteps,
    waitMs,
    besideStepsMs: mean(beside),
    besideStepsMsError: standardError(beside),
    besideStepsMsMedian: median(beside),
    withoutCheckpointsMs: mean(nothing),
    withoutCheckpointsMsError: standardError(nothing),
    withoutCheckpointsMsMedian: median(nothing),
    percent: percent(waitMs + mean(beside)),
    percentError: percent(standardError(beside)),
    runs: found,
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  if (options.keep) {
    const stamp = new Date().toISOString().slice(0, 16).replace(':', '');
    mkdirSync(join(project, 'bench/results'), { recursive: true });
    writeFileSync(join(project, `bench/results/${stamp}-checkpoints.json`), `${JSON.stringify(result, null, 2)}\n`);
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(profile, { recursive: true, force: true });
}
