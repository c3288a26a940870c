import { runMarks } from './runMarks';

/** A compared run's letter, over a piece of its line. */
export function RunLetter({ at }: { at: number }) {
  const mark = runMarks[at];
  if (!mark) return null;
  return (
    <span className="run-letter" style={{ color: `var(${mark.color})` }}>
      {mark.letter}
      <svg width="22" height="4" viewBox="0 0 22 4" aria-hidden="true">
        <path d="M0 2h22" stroke="currentColor" strokeWidth="2" strokeDasharray={mark.dash.join(' ')} />
      </svg>
    </span>
  );
}
