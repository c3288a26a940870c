import type { BackendName, CopyWork } from '../contender';
import { race } from '../race';
import type { Arena, Remote } from '../remotes';
import { openRacers, type CaseResult } from '../report';
import { frozenTensors, models, type ModelName, type ModelSides } from '../step/workload';

const cases: { model: ModelName; format: 'f32' | 'f16' | 'int8' | 'int4' }[] = [
  { model: 'builtin', format: 'f32' },
  { model: 'qwen2.5-0.5b ×4', format: 'f32' },
  { model: 'qwen2.5-0.5b ×4', format: 'f16' },
  { model: 'qwen2.5-0.5b ×4', format: 'int8' },
  { model: 'qwen2.5-0.5b ×4', format: 'int4' },
];
const promptTokens = 128;
const newTokens = 32;
/** Bits of a stored weight, scales included (groups of 64 with a scale of 32 bits at most). */
const bytesPerWeight = { f32: 4, f16: 2, int8: 1.0625, int4: 0.5625 };

/**
 * Prefill and decoding of a greedy answer. `shareOfBandwidth`: bytes of weights read a second while decoding over what a copy on
 * this device reads and writes a second, in this run.
 */
export async function measureChat(
  arena: Arena,
  backend: BackendName,
  options: { case: string; rounds: number },
  tell: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const { racers, devices } = await openRacers(arena, ['ours']);
  const bandwidth = await copyBandwidth(racers.ours);
  const results: CaseResult[] = [];
  for (const { model, format } of cases) {
    const name = `${model}, ${format}`;
    if (!name.includes(options.case)) continue;
    const sides = models[model];
    const outcome = await race(racers, { suite: 'chat', sides, format, promptTokens, newTokens }, options.rounds, 0);
    const { decodeTokensPerSecond = NaN, prefillMs = NaN } = outcome.sides.ours?.figures ?? {};
    const result: CaseResult = {
      suite: 'chat',
      case: name,
      backend,
      host: arena.host,
      devices,
      speed: decodeTokensPerSecond,
      unit: 'tokens/s',
      more: {
        prefillTokensPerSecond: promptTokens / (prefillMs / 1000),
        bandwidthGBs: bandwidth / 1e9,
        shareOfBandwidth: (decodeTokensPerSecond * weightsRead(sides) * bytesPerWeight[format]) / bandwidth,
      },
      ...outcome,
    };
    results.push(result);
    tell(result);
  }
  return results;
}

/** Weights that decoding one token reads: every matrix once; the tied table as the head. */
const weightsRead = (sides: ModelSides): number =>
  frozenTensors(sides)
    .filter(({ shape }) => shape.length === 2)
    .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);

/** Bytes a second, read and written. */
async function copyBandwidth(ours: Remote | undefined): Promise<number> {
  if (!ours) return NaN;
  const work: CopyWork = { suite: 'copy', bytes: 128 << 20, repeats: 4 };
  const prepared = await ours.ask({ order: 'prepare', work });
  if (!prepared.ok) throw new Error(prepared.message);
  let fastest = Infinity;
  for (let run = 0; run < 4; run++) {
    const answer = await ours.ask({ order: 'once' });
    if (!answer.ok) throw new Error(answer.message);
    fastest = Math.min(fastest, answer.ms ?? NaN);
  }
  return (2 * work.bytes * work.repeats) / (fastest / 1000);
}
