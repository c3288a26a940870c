/** The same questions answered anew as a run goes on, gathered by question. */
import type { RunEvent, SamplePick } from '../protocol/run';

export interface SampleAnswer {
  step: number;
  text: string;
  /** Mean loss of the expected answer at the last evaluation before it; null where it was not evaluated. */
  loss: number | null;
}

export interface SampleAnswers {
  /** In the validation set's file; -1 for the page's own question. */
  row: number;
  prompt: string;
  expected: string;
  pick: SamplePick;
  /** What the base model answers; null while it has not been asked. */
  base: string | null;
  answers: readonly SampleAnswer[];
}

/** The page's question first, then what the first evaluation chose. */
const order: readonly SamplePick[] = ['asked', 'best', 'worst', 'random'];
const rank = ({ pick }: SampleAnswers): number => order.indexOf(pick);

/** With one answer more. Questions that did not change stay the same objects, so that a memoised view knows when to draw. */
export function withAnswer(
  samples: readonly SampleAnswers[],
  event: Extract<RunEvent, { event: 'sample' }>,
): readonly SampleAnswers[] {
  const { row, prompt, expected, pick, base, loss, step, generated } = event;
  const answer = { step, text: generated, loss };
  const known = samples.find((sample) => sample.row === row && sample.prompt === prompt);
  if (!known) {
    const added = [...samples, { row, prompt, expected, pick, base, answers: [answer] }];
    return added.sort((a, b) => rank(a) - rank(b));
  }
  const next = { ...known, base: base ?? known.base, answers: [...known.answers, answer] };
  return samples.map((sample) => (sample === known ? next : sample));
}

/** Without the answers that were given after `step`. */
export function answersUpTo(samples: readonly SampleAnswers[], step: number): readonly SampleAnswers[] {
  return samples
    .map((sample) => ({ ...sample, answers: sample.answers.filter((answer) => answer.step <= step) }))
    .filter(({ answers }) => answers.length > 0);
}
