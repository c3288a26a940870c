// What a checkpoint costs: kept runs that save every 5 steps and kept runs that never do, in turns, in the page on WASM.
//   node --import tsx bench/checkpoints/run.ts [--rounds 5] [--steps 100] [--dist FOLDER] [--keep]
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
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
/** So often that its cost is more than the noise. */
const often = 5;
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
  /** Of it the optimizer steps. */
  stepSeconds: number;
  checkpoints: number;
  checkpointBytes: number;
}

/** In the page: one kept run over 96 made-up rows of 24 to 64 tokens. */
async function measure({ compute, proxy }: Automation, recipe: Recipe): Promise<Measured> {
  let seed = 1;
  const next = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  const lengths = Array.from({ length: 96 }, () => 24 + next(41));
  const offsets = Uint32Array.from([0, ...lengths]);
  for (let row = 1; row < offsets.length; row++) offsets[row] = (offsets[row] ?? 0) + (offsets[row - 1] ?? 0);
  const inputIds = Int32Array.from({ length: offsets.at(-1) ?? 0 }, () => 300 + next(3000));
  const train = { inputIds, labels: inputIds.slice(), offsets, rows: Uint32Array.from(lengths, (_, row) => row) };
  const runId = crypto.randomUUID();
  let stepMs = 0;
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
        model: { name: 'builtin', source: null, parameters: 0, weightDtype: 'f32' },
        parent: null,
        forecastBytes: null,
      },
    },
    proxy((events: RunEvent[]) => {
      for (const event of events) {
        if (event.event === 'step') stepMs += event.ms;
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
  return { saveSteps, seconds, stepSeconds: stepMs / 1000, checkpoints, checkpointBytes };
}

const inPage = (page: Page, recipe: Recipe): Promise<Measured> =>
  page.evaluate(`(${measure.toString()})(globalThis.tunesmith, ${JSON.stringify(recipe)})`);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

const server = await startStaticServer({ root: resolve(project, options.dist), base: '/' });
const browser = await chromium.launch({ executablePath: findBrowser(), args: chromiumFlags(gpuKind()) });
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
  await inPage(page, recipeOf(often, 6)); // warms up
  // In turns, the order turned round every round.
  for (let round = 1; round <= rounds; round++) {
    for (const saveSteps of round % 2 === 0 ? [null, often] : [often, null]) {
      const run = await inPage(page, recipeOf(saveSteps));
      process.stderr.write(`${round}: ${JSON.stringify(run)}\n`);
      found.push(run);
    }
  }
  const saving = found.filter(({ saveSteps }) => saveSteps !== null);
  const bare = found.filter(({ saveSteps }) => saveSteps === null);
  const stepMs = (1000 * median(bare.map(({ stepSeconds }) => stepSeconds))) / Number(options.steps);
  const checkpoints = saving[0]?.checkpoints ?? NaN;
  const costMs = (seconds: (run: Measured) => number): number =>
    (1000 * (median(saving.map(seconds)) - median(bare.map(seconds)))) / checkpoints;
  /** What steps wait for: reading the state, its checksum, the write before. Little noise, since steps are not in it. */
  const waitMs = costMs(({ seconds, stepSeconds }) => seconds - stepSeconds);
  /** Of the whole: with what a write takes from the steps beside it, and with all noise. */
  const wholeMs = costMs(({ seconds }) => seconds);
  const result = {
    suite: 'checkpoints',
    device: device.adapter,
    cores: cpus().length,
    rounds,
    steps: Number(options.steps),
    checkpointsARun: checkpoints,
    checkpointBytes: saving[0]?.checkpointBytes,
    stepMs,
    waitMs,
    wholeMs,
    defaultSaveSteps,
    /** At the default of one in so many steps. */
    waitPercent: (100 * waitMs) / (defaultSaveSteps * stepMs),
    wholePercent: (100 * wholeMs) / (defaultSaveSteps * stepMs),
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
}
