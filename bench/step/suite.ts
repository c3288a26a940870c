import type { BackendName, ContenderName } from '../contender';
import { matmulPeak } from '../matmul/peak';
import { race } from '../race';
import type { Arena } from '../remotes';
import { openRacers, type CaseResult } from '../report';
import { batches, frozenTensors, models, type BatchName, type ModelName, type ModelSides } from './workload';

interface StepCase {
  model: ModelName;
  batch: BatchName;
  format: 'f32' | 'f16';
  against: ContenderName[];
}

/** Stock has no packed weights and would take minutes at Qwen's width; PyTorch computes in f32 in all cases. */
const cases: StepCase[] = [
  { model: 'builtin', batch: 'chat', format: 'f32', against: ['stock', 'pytorch'] },
  { model: 'builtin', batch: 'dense', format: 'f32', against: ['stock', 'pytorch'] },
  { model: 'qwen2.5-0.5b ×4', batch: 'dense', format: 'f16', against: ['pytorch'] },
];

/** f16 weights are rounded, PyTorch's are not: losses agree less closely. */
const tolerances = { f32: 1e-3, f16: 1e-2 };

/**
 * One optimizer step: ours, stock tfjs, PyTorch. `shareOfPeak`: multiply-adds of the step (without what checkpointing computes
 * again) a second over those of the fastest product of this model's own shapes, in this run.
 */
export async function measureStep(
  arena: Arena,
  backend: BackendName,
  options: { case: string; without: readonly string[]; rounds: number },
  tell: (result: CaseResult) => void,
): Promise<CaseResult[]> {
  const wanted = (['ours', 'stock', 'pytorch'] as const).filter((name) => !options.without.includes(name));
  const { racers, devices } = await openRacers(arena, wanted);
  const results: CaseResult[] = [];
  for (const { model, batch, format, against } of cases) {
    const name = `${model} ${batch}, ${format}`;
    if (!name.includes(options.case)) continue;
    const sides = models[model];
    const rows = batches[batch](sides.vocabSize);
    const taking = Object.fromEntries(
      Object.entries(racers).filter(([who]) => who === 'ours' || against.includes(who as ContenderName)),
    );
    const peak = await matmulPeak(racers.ours, sides, format);
    const outcome = await race(taking, { suite: 'step', sides, rows, format }, options.rounds, tolerances[format]);
    const tokens = rows.reduce((sum, { inputIds }) => sum + inputIds.length, 0);
    const supervised = rows.reduce((sum, { labels }) => sum + labels.slice(1).filter((id) => id >= 0).length, 0);
    const ms = outcome.sides.ours?.medianMs ?? NaN;
    const result: CaseResult = {
      suite: 'step',
      case: name,
      backend,
      host: arena.host,
      devices,
      speed: tokens / (ms / 1000),
      unit: 'tokens/s',
      more: {
        matmulPeakGflops: peak,
        shareOfPeak: stepFlops(sides, tokens, supervised) / 1e6 / ms / peak,
        ...(outcome.sides.ours?.figures ?? {}),
      },
      ...outcome,
    };
    results.push(result);
    tell(result);
  }
  return results;
}

/**
 * Floating-point operations that a LoRA step must do: 4 a weight and token in the blocks (forward, gradient of activations), 4 a
 * head weight and supervised position; attention, adapters and element-wise work left out (performance.md, "Costs").
 */
export function stepFlops(sides: ModelSides, tokens: number, supervised: number): number {
  const sizeOf = (names: RegExp): number =>
    frozenTensors(sides)
      .filter(({ name, shape }) => shape.length === 2 && names.test(name))
      .reduce((sum, { shape }) => sum + shape.reduce((product, side) => product * side, 1), 0);
  return 4 * (tokens * sizeOf(/layers/) + supervised * sizeOf(/embed_tokens/));
}
