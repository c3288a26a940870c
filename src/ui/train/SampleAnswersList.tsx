import { memo } from 'react';
import type { SamplePick } from '../../protocol/run';
import { count, lossText, plural } from '../../state/format';
import type { SampleAnswer, SampleAnswers } from '../../state/runSamples';
import { useRun } from '../../state/runStore';
import { AnswerText } from './AnswerText';

/** Earlier answers of one question that are listed when unfolded. */
const listedAnswers = 12;

const pickNames: Record<SamplePick, string> = {
  asked: 'the page’s question',
  best: 'best at the start',
  worst: 'worst at the start',
  random: 'at random',
};

function Older({ answers }: { answers: readonly SampleAnswer[] }) {
  if (answers.length === 0) return null;
  const shown = answers.slice(-listedAnswers).reverse();
  return (
    <details className="older">
      <summary className="note">{plural(answers.length, 'earlier answer')}</summary>
      <ol>
        {shown.map(({ step, text, loss }) => (
          <li key={step}>
            <span className="at">
              step {count(step)}
              {loss === null ? '' : `, loss ${lossText(loss)}`}
            </span>
            <span>{text === '' ? '(nothing)' : text}</span>
          </li>
        ))}
      </ol>
      {answers.length > listedAnswers && (
        <p className="note">{count(answers.length - listedAnswers)} more are in the JSON.</p>
      )}
    </details>
  );
}

/** One question: what is expected, what the base says, what is said now; where it comes from. */
const Question = memo(function Question({ sample }: { sample: SampleAnswers }) {
  const { row, pick, prompt, expected, base, answers } = sample;
  const now = answers.at(-1);
  if (!now) return null;
  const said = base ?? (answers[0] && answers[0].step === 0 ? answers[0].text : null);
  return (
    <li>
      <p className="question">{prompt}</p>
      <p className="note">
        {row < 0 ? pickNames.asked : `row ${count(row + 1)}${pick === 'asked' ? '' : `, ${pickNames[pick]}`}`}
        {now.loss === null ? '' : `, loss ${lossText(now.loss)}`}
      </p>
      <dl className={expected === '' ? 'sides two' : 'sides'}>
        {expected !== '' && (
          <div>
            <dt>expected</dt>
            <dd>{expected}</dd>
          </div>
        )}
        <div>
          <dt>base</dt>
          <dd>{said === null ? <span className="muted">not asked</span> : said === '' ? '(nothing)' : said}</dd>
        </div>
        <div className="now">
          <dt>{now.step === 0 ? 'now' : `now, step ${count(now.step)}`}</dt>
          <dd>
            <AnswerText text={now.text} expected={expected} />
          </dd>
        </div>
      </dl>
      <Older answers={answers.slice(0, -1)} />
    </li>
  );
});

/** The same questions answered anew as the run goes on. */
export function SampleAnswersList() {
  useRun((state) => state.version);
  const { samples } = useRun((state) => state.series);
  if (samples.length === 0) return null;
  return (
    <section className="section ruled" aria-label="Sample answers">
      <h3>The same questions, answered anew</h3>
      <ul className="answers">
        {samples.map((sample) => (
          <Question key={`${sample.row} ${sample.prompt}`} sample={sample} />
        ))}
      </ul>
    </section>
  );
}
