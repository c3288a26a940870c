import { memo, useEffect, useId, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { visibleSpace, type TokenCell, type TurnCells } from '../../state/tokens';

interface Props {
  turns: TurnCells[];
  label: string;
  byToken: boolean;
  showSpace: boolean;
  onToken: (cell: TokenCell | null) => void;
}

const shown = (cell: TokenCell, byToken: boolean, showSpace: boolean): string => {
  if (cell.text === '') return byToken ? '⋯' : '';
  return showSpace || byToken ? visibleSpace(cell.text) : cell.text;
};

/** A name for a token that has no glyph to read out; undefined where its own text will do. */
function spokenName({ text }: TokenCell): string | undefined {
  if (text === '') return 'continued character';
  if (text.trim() !== '') return undefined;
  return [...text].map((char) => ({ ' ': 'space', '\n': 'line feed', '\t': 'tab' })[char] ?? 'white space').join(' ');
}

const Turn = memo(function Turn({
  turn,
  byToken,
  showSpace,
  idPrefix,
}: {
  turn: TurnCells;
  byToken: boolean;
  showSpace: boolean;
  idPrefix: string;
}) {
  return (
    <div className="turn" role="presentation">
      {turn.role !== '' && (
        <span className="role" aria-hidden="true">
          {turn.role}
        </span>
      )}
      <span role="presentation">
        {turn.cells.map((cell) => (
          <span
            key={cell.index}
            id={`${idPrefix}${cell.index}`}
            data-index={cell.index}
            role="option"
            aria-label={spokenName(cell)}
            aria-selected={cell.trained}
            className={`token${cell.trained ? ' trained' : ''}${cell.special ? ' special' : ''}`}
          >
            {shown(cell, byToken, showSpace)}
          </span>
        ))}
      </span>
    </div>
  );
});

/**
 * Text as tokens, turn by turn. Pointing at a token, or moving with the arrow keys (Home, End), makes it current.
 * The mark of the current token is set on the element itself: a row has a thousand tokens, and a pointer that crosses
 * them must not draw them all anew.
 */
export function TokenText({ turns, label, byToken, showSpace, onToken }: Props) {
  const idPrefix = `${useId()}-`;
  const root = useRef<HTMLDivElement>(null);
  // Belongs to these turns: in another row nothing is current yet.
  const [chosen, setChosen] = useState<{ turns: TurnCells[]; index: number } | null>(null);
  const current = chosen?.turns === turns ? chosen.index : null;
  const cells = turns.flatMap((turn) => turn.cells);

  useEffect(() => {
    const element = current === null ? null : root.current?.querySelector(`[data-index="${current}"]`);
    element?.setAttribute('data-current', '');
    return () => element?.removeAttribute('data-current');
  }, [current, turns]);

  const go = (index: number): void => {
    setChosen({ turns, index });
    onToken(cells[index] ?? null);
  };
  const byPointer = (event: PointerEvent): void => {
    const index = event.target instanceof HTMLElement ? event.target.dataset['index'] : undefined;
    if (index !== undefined && Number(index) !== current) go(Number(index));
  };
  const byKey = (event: KeyboardEvent): void => {
    const last = cells.length - 1;
    const at = current ?? -1;
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, next));
    go(index);
    root.current?.querySelector(`[data-index="${index}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div
      ref={root}
      className={`tokens${byToken ? ' by-token' : ''}`}
      role="listbox"
      aria-label={label}
      aria-multiselectable="true"
      aria-activedescendant={current === null ? undefined : `${idPrefix}${current}`}
      tabIndex={0}
      onPointerOver={byPointer}
      onKeyDown={byKey}
      onFocus={() => {
        if (current === null && cells.length > 0) go(0);
      }}
    >
      {turns.map((turn, index) => (
        <Turn key={index} turn={turn} byToken={byToken} showSpace={showSpace} idPrefix={idPrefix} />
      ))}
    </div>
  );
}
