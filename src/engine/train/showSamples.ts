import type { RunEventBody } from '../../protocol/run';
import type { SamplePrompt } from '../../protocol/training';
import type { FollowedSample } from './followedSamples';
import { throwIfAborted, type Interruption } from './interruption';
import type { ReportPhase } from './phases';

export interface SampleHooks extends Interruption {
  emit(event: RunEventBody): void;
  /** The tuned answer to a prompt, now. */
  sample(prompt: SamplePrompt): Promise<string>;
  /** The base model's answer; null where it can't be asked now. */
  sampleBase?(prompt: SamplePrompt): Promise<string | null>;
}

/**
 * Answers every followed prompt anew and emits it. The base model is asked once for each; `tunedIsBase`: what is trained changes
 * nothing yet, so its answer is the base's. Throws {@link Aborted}.
 */
export async function showSamples(
  samples: readonly FollowedSample[],
  step: number,
  tunedIsBase: boolean,
  hooks: SampleHooks,
  report: ReportPhase,
): Promise<void> {
  for (const [index, followed] of samples.entries()) {
    report('sample', index, samples.length);
    const { prompt, pick } = followed;
    const generated = await hooks.sample(prompt);
    throwIfAborted(hooks);
    if (tunedIsBase) followed.base = generated;
    followed.base ??= (await hooks.sampleBase?.(prompt)) ?? null;
    throwIfAborted(hooks);
    hooks.emit({
      event: 'sample',
      step,
      row: prompt.row,
      prompt: prompt.prompt,
      expected: prompt.expected,
      generated,
      pick,
      base: followed.base,
      loss: followed.loss,
    });
  }
  if (samples.length > 0) report('sample', samples.length, samples.length);
}
