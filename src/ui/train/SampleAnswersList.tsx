import { memo } from 'react';
import { count, plural } from '../../state/format';
import type { SampleAnswers } from '../../state/runSamples';
import { Icon } from '../common/Icon';
import { useRun } from '../../state/runStore';

/** Older answers of one question that stay in sight; the rest fold away. */
const shownAnswers = 4;

const One = memo(function One({ sample }: { sample: SampleAnswers }) {
  const older = sample.answers.slice(0, -shownAnswers);
  const recent = sample.answers.slice(-shownAnswers);
  return (
    <li>
      <p className="question">{sample.prompt}</p>
      {sample.expected !== '' && <p className="note">expected: {sample.expected}</p>}
      <ol>
        {older.length > 0 && (
          <li>
            <span className="at">…</span>
            <span>{plural(older.length, 'earlier answer')}</span>
          </li>
        )}
        {recent.map((answer, index) => (
          <li key={answer.step} className={index === recent.length - 1 ? 'newest' : ''}>
            <span className="at">step {count(answer.step)}</span>
            <span>
              {answer.text === '' ? '(nothing)' : answer.text}
              {sample.expected !== '' && answer.text.trim() === sample.expected.trim() && (
                <span className="mark met">
                  <Icon name="check" />
                  as expected
                </span>
              )}
            </span>
          </li>
        ))}
      </ol>
    </li>
  );
});

/** The same questions answered anew as the run goes on. */
export function SampleAnswersList() {
  useRun((state) => state.version);
  const samples = useRun((state) => state.series).samples;
  if (samples.length === 0) return null;
  return (
    <section className="section ruled" aria-label="Sample answers">
      <h3>The same questions, answered anew</h3>
      <ul className="answers">
        {samples.map((sample) => (
          <One key={`${sample.row} ${sample.prompt}`} sample={sample} />
        ))}
      </ul>
    </section>
  );
}
