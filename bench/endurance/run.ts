// An hour of training in the page: is memory flat, does the page stay smooth, does the speed hold?
// Twice, after the second minute and at the end, every thread collects its garbage: what stays then is what the page needs. And since
// a machine is not equally fast all hour, a small piece of fixed work runs beside it all the time and tells how fast the machine
// is; and the run is finally set against two that have just begun, in turns of some seconds, by the time that steps take, and those
// against each other, which shows what chance does.
//   node --import tsx bench/endurance/run.ts [--minutes 60] [--turns 60] [--backend wasm|webgpu] [--pace polite|full] [--dist FOLDER] [--keep]
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { chromiumFlags, findBrowser, gpuKind } from '../../headless/browser';
import { startStaticServer } from '../../headless/staticServer';
import { afterCollection, gcFlag } from './collected';
import { compareSteps, inTurns, pause, stop, type Compared, type StepRange } from './inTurns';
import { keptEvents, type StepLine } from './keptEvents';
import { processUse, type ProcessUse } from './processUse';
import { startReference, type ReferenceClock } from './referenceClock';
import { stepsDone } from './stepsDone';

const project = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    turns: { type: 'string', default: '60' },
    backend: { type: 'string', default: 'wasm' },
    pace: { type: 'string', default: 'polite' },
    dist: { type: 'string', default: 'dist' },
    keep: { type: 'boolean', default: false },
  },
});
const minutes = Number(options.minutes);
const turns = Number(options.turns);
if (!(minutes >= 1)) throw new Error(`--minutes: must be at least 1, got ${options.minutes}`);

/** Long enough for any hour; evaluation, samples and checkpoints as often as a person would have them. */
const recipeEdits = {
  'training.max_steps': 1_000_000,
  'training.lr_scheduler_type': 'constant',
  'training.eval_strategy': 'steps',
  'training.eval_steps': 500,
  'training.sample_steps': 1000,
  'training.save_steps': 200,
};

/** What a minute was like. */
interface Minute extends ProcessUse {
  steps: number;
  seconds: number;
  tokensPerSecond: number;
  /** The same over the time of the steps alone: evaluations and samples fall into some minutes only. */
  tokensPerStepSecond: number;
  /** And over the processor time of the page's process: other programs take time, but hardly that. */
  tokensPerCpuSecond: number;
  /** Steps of the fixed work per second of processor time in this minute, and how far that may be off by chance (95 %). */
  referenceSpeed: number;
  referenceError: number;
  /** Tokens in the time of one step of the fixed work: what the machine's own speed does not change. */
  tokensPerReferenceStep: number;
  /** Frames in each second of it. */
  framesMedian: number;
  framesFewest: number;
  longTasks: number;
  heapBytes: number;
}

declare global {
  var endurance: { frames: number[]; longTasks: number };
}

/** In the page: frames of every second, and tasks longer than 50 ms. */
function watchFrames(): void {
  globalThis.endurance = { frames: [], longTasks: 0 };
  let count = 0;
  let second = Math.floor(performance.now() / 1000);
  const onFrame = (now: number): void => {
    const current = Math.floor(now / 1000);
    if (current !== second) {
      globalThis.endurance.frames.push(count);
      // Seconds without any frame count too.
      for (let skipped = second + 1; skipped < current; skipped++) globalThis.endurance.frames.push(0);
      second = current;
      count = 0;
    }
    count++;
    requestAnimationFrame(onFrame);
  };
  requestAnimationFrame(onFrame);
  new PerformanceObserver((list) => (globalThis.endurance.longTasks += list.getEntries().length)).observe({
    type: 'longtask',
  });
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

type Watched = Omit<
  Minute,
  'tokensPerSecond' | 'tokensPerStepSecond' | 'tokensPerCpuSecond' | 'tokensPerReferenceStep'
>;

/** Steps done, and the processor's seconds used, when the first minute began. */
interface Followed {
  begin: number;
  beginCpuSeconds: number;
  found: Watched[];
  /** Resident bytes of the page's process right after its garbage was collected: after the second minute, and after the last. */
  neededBytes: number[];
}

/** Steps after which a run that has just begun is as fast as it gets: everything is compiled. */
const warmSteps = 100;

/** Watches the run minute by minute, once it is warm. */
async function follow(browser: Browser, page: Page, reference: ReferenceClock): Promise<Followed> {
  const stepsNow = (): Promise<number> => stepsDone(page);
  while ((await stepsNow()) < warmSteps) await page.waitForTimeout(100);
  await page.evaluate(() => (globalThis.endurance.frames.length = 0));
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const use = await processUse(browser);
  const found: Watched[] = [];
  const begin = await stepsNow();
  const beginCpuSeconds = use.read().rendererCpuSeconds;
  const neededBytes: number[] = [];
  let before = { at: performance.now(), longTasks: 0 };
  reference.read();
  for (let minute = 0; minute < minutes; minute++) {
    await page.waitForTimeout(60_000 - (performance.now() - before.at));
    const steps = await stepsNow();
    const at = performance.now();
    const { frames, longTasks } = await page.evaluate(() => {
      const { frames, longTasks } = globalThis.endurance;
      return { frames: frames.splice(0), longTasks };
    });
    const { speed, error } = reference.read();
    const { metrics } = await session.send('Performance.getMetrics');
    found.push({
      steps,
      seconds: (at - before.at) / 1000,
      framesMedian: median(frames),
      framesFewest: Math.min(...frames),
      longTasks: longTasks - before.longTasks,
      ...use.read(),
      referenceSpeed: speed,
      referenceError: error,
      heapBytes: metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? NaN,
    });
    before = { at, longTasks };
    process.stderr.write(`${minute + 1}: ${JSON.stringify(found.at(-1))}\n`);
    if (minute === 1 || minute === minutes - 1)
      neededBytes.push(await afterCollection(page, () => use.read().rendererBytes));
  }
  return { begin, beginCpuSeconds, found, neededBytes };
}

/** Tokens between two step counts, by the run's own events. */
function withTokens({ begin, beginCpuSeconds, found }: Followed, lines: readonly StepLine[]): Minute[] {
  let from = begin;
  let cpuFrom = beginCpuSeconds;
  return found.map((minute) => {
    const own = lines.filter(({ step }) => step > from && step <= minute.steps);
    const tokens = own.reduce((sum, line) => sum + line.tokens, 0);
    const stepSeconds = own.reduce((sum, line) => sum + line.ms, 0) / 1000;
    const cpuSeconds = minute.rendererCpuSeconds - cpuFrom;
    from = minute.steps;
    cpuFrom = minute.rendererCpuSeconds;
    return {
      ...minute,
      tokensPerSecond: tokens / minute.seconds,
      tokensPerStepSecond: tokens / stepSeconds,
      tokensPerCpuSecond: tokens / cpuSeconds,
      tokensPerReferenceStep: tokens / cpuSeconds / minute.referenceSpeed,
    };
  });
}

/** Opens the studio on its sample set, and begins a run. */
async function begin(page: Page, url: string): Promise<void> {
  // The compiler names functions by a helper that the page has not.
  await page.addInitScript('globalThis.__name = (named) => named');
  await page.addInitScript(watchFrames);
  await page.addInitScript(
    ([edits, pace]) => {
      localStorage.setItem('tunesmith.recipeEdits', JSON.stringify(edits));
      localStorage.setItem('tunesmith.pace', JSON.stringify(pace));
    },
    [recipeEdits, options.pace] as const,
  );
  await page.goto(`${url}?backend=${options.backend}`);
  await page.getByText(/^Ready: /).waitFor({ timeout: 120_000 });
  await page.getByRole('button', { name: /^Fine-tune/ }).click();
}

/** Of the old run against each of two that have just begun, and of those against each other, which shows what chance does. */
function comparedRuns(steps: readonly StepLine[][]): Record<string, Compared> {
  const [old, one, other] = steps;
  if (!old || !one || !other) return {};
  return {
    againstFresh: compareSteps(old, one),
    againstOtherFresh: compareSteps(old, other),
    freshAgainstFresh: compareSteps(one, other),
  };
}

/** Two runs that have just begun, paused, each in a page of its own profile: a run locks the device for its own. */
async function freshRuns(browser: Browser, url: string): Promise<Page[]> {
  const pages: Page[] = [];
  for (let at = 0; at < 2; at++) {
    const page = await browser.newPage({ viewport });
    await begin(page, url);
    while ((await stepsDone(page)) < warmSteps) await page.waitForTimeout(100);
    await pause(page);
    pages.push(page);
  }
  return pages;
}

const viewport = { width: 1440, height: 900 };
const server = await startStaticServer({ root: resolve(project, options.dist), base: '/' });
const browser = await chromium.launch({ executablePath: findBrowser(), args: [...chromiumFlags(gpuKind()), gcFlag] });
try {
  const reference = await startReference();
  const page = await browser.newPage({ viewport });
  await begin(page, server.url);
  const device = await page.locator('header.top').innerText();
  const followed = await follow(browser, page, reference).finally(() => reference.stop());
  const pages = [page];
  const ranges: StepRange[] = [];
  if (turns > 0) {
    await pause(page);
    pages.push(...(await freshRuns(browser, server.url)));
    ranges.push(...(await inTurns(pages, turns)));
  }
  for (const each of pages) await stop(each);
  const kept = await Promise.all(pages.map(keptEvents));
  const events = kept[0] ?? [];
  const inTheirTurns = ranges.map(
    ({ from, to }, at) => kept[at]?.filter(({ step }) => step > from && step <= to) ?? [],
  );
  const perMinute = withTokens(followed, events);
  const [first, last] = [perMinute[0], perMinute.at(-1)];
  const smooth = perMinute.map(({ framesMedian }) => framesMedian);
  const report = {
    date: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', 'HEAD'], { cwd: project, encoding: 'utf8' }).trim(),
    cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
    suite: 'endurance',
    device: device.replaceAll('\n', ' '),
    backend: options.backend,
    pace: options.pace,
    minutes,
    steps: last?.steps,
    framesMedian: median(smooth),
    framesFewestMedianOfAMinute: Math.min(...smooth),
    tokensPerSecondFirst: first?.tokensPerSecond,
    tokensPerSecondLast: last?.tokensPerSecond,
    speedLastToFirst: (last?.tokensPerSecond ?? NaN) / (first?.tokensPerSecond ?? NaN),
    stepSpeedLastToFirst: (last?.tokensPerStepSecond ?? NaN) / (first?.tokensPerStepSecond ?? NaN),
    cpuSpeedLastToFirst: (last?.tokensPerCpuSecond ?? NaN) / (first?.tokensPerCpuSecond ?? NaN),
    referenceSpeedLastToFirst: (last?.referenceSpeed ?? NaN) / (first?.referenceSpeed ?? NaN),
    tokensPerReferenceStepLastToFirst: (last?.tokensPerReferenceStep ?? NaN) / (first?.tokensPerReferenceStep ?? NaN),
    rendererBytesFirst: first?.rendererBytes,
    rendererBytesLast: last?.rendererBytes,
    neededBytesFirst: followed.neededBytes[0],
    neededBytesLast: followed.neededBytes.at(-1),
    ...comparedRuns(inTheirTurns),
    recipeEdits,
    perMinute,
  };
  const text = `${JSON.stringify(report, null, 2)}\n`;
  process.stdout.write(text);
  if (options.keep) {
    const folder = join(project, 'bench/results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${report.date.slice(0, 16).replaceAll(':', '')}-endurance-${options.backend}.json`),
      text,
    );
  }
} finally {
  await browser.close();
  await server.close();
}
