/** Questions that several runs were asked, with the last answer of each. Pure. */

interface Asked {
  prompt: string;
  expected: string;
  answers: readonly { step: number; text: string }[];
}

interface SharedQuestion {
  prompt: string;
  expected: string;
  /** One for each run; null for a run that was not asked. */
  answers: ({ step: number; text: string } | null)[];
}

/** Questions that at least two of the runs answered, in the order of the run that was asked first. */
export function sharedQuestions(runs: readonly (readonly Asked[])[]): SharedQuestion[] {
  const prompts = new Set(runs.flatMap((samples) => samples.map(({ prompt }) => prompt)));
  return [...prompts].flatMap((prompt) => {
    const own = runs.map((samples) => samples.find((sample) => sample.prompt === prompt));
    const answers = own.map((sample) => sample?.answers.at(-1) ?? null);
    if (answers.filter((answer) => answer !== null).length < 2) return [];
    const expected = own.find((sample) => sample !== undefined)?.expected ?? '';
    return [{ prompt, expected, answers: answers.map((answer) => answer && { step: answer.step, text: answer.text }) }];
  });
}
