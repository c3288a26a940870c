import { useMemo } from 'react';
import type { KeptRun } from '../../protocol/run';
import { count } from '../../state/format';
import { sharedQuestions } from '../../state/runs/sharedQuestions';
import { useHistory } from '../../state/runs/historyStore';
import { runName } from '../../state/runs/runWords';
import { Icon } from '../common/Icon';
import { RunLetter } from './RunLetter';

/** The last answers of the compared runs to the questions that two or more of them were asked. */
export function ComparedAnswers({ runs }: { runs: readonly KeptRun[] }) {
  const curves = useHistory((state) => state.curves);
  const questions = useMemo(
    () => sharedQuestions(runs.map(({ record }) => curves.get(record.id)?.samples ?? [])),
    [runs, curves],
  );
  if (questions.length === 0) return null;
  return (
    <section className="section" aria-label="Answers side by side">
      <h4>Answers side by side</h4>
      <ul className="compared-answers">
        {questions.map(({ prompt, expected, answers }) => (
          <li key={prompt}>
            <p className="question">{prompt}</p>
            {expected !== '' && <p className="note">expected: {expected}</p>}
            <ul>
              {answers.map((answer, place) => {
                const run = runs[place];
                if (!run) return null;
                return (
                  <li key={run.record.id}>
                    <span className="whose">
                      <RunLetter at={place} />
                      <span className="hidden">{runName(run)}</span>
                    </span>
                    {answer === null ? (
                      <span className="muted">was not asked</span>
                    ) : (
                      <span>
                        {answer.text === '' ? '(nothing)' : answer.text}
                        {expected !== '' && answer.text.trim() === expected.trim() && (
                          <span className="mark met">
                            <Icon name="check" />
                            as expected
                          </span>
                        )}
                        <span className="at"> step {count(answer.step)}</span>
                      </span>
                    )}
                  </li>
                );
              })}
            </ul>
          </li>
        ))}
      </ul>
    </section>
  );
}
