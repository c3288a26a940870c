import { memo } from 'react';
import { wordDifference } from '../../state/wordDifference';
import { Icon } from '../common/Icon';

/** An answer against the expected one: what is extra is underlined, what is missing is struck through; said in words too. */
export const AnswerText = memo(function AnswerText({ text, expected }: { text: string; expected: string }) {
  if (text === '') return <span className="muted">(nothing)</span>;
  if (expected === '') return <span>{text}</span>;
  const parts = wordDifference(text, expected);
  if (!parts) return <span>{text}</span>;
  if (parts.every(({ kind }) => kind === 'same')) {
    return (
      <span>
        {text}
        <span className="mark met">
          <Icon name="check" />
          as expected
        </span>
      </span>
    );
  }
  return (
    <span className="compared">
      {parts.map(({ kind, text }, index) =>
        kind === 'same' ? (
          <span key={index}>{text} </span>
        ) : kind === 'extra' ? (
          <ins key={index}>
            <span className="hidden">not expected: </span>
            {text.trim()}{' '}
          </ins>
        ) : (
          <del key={index}>
            <span className="hidden">missing: </span>
            {text.trim()}{' '}
          </del>
        ),
      )}
    </span>
  );
});
