import { useRef, useState, type CSSProperties, type KeyboardEvent } from 'react';
import type { UsableRow } from '../../protocol/rows';
import { turnState, type TurnCells } from '../../state/tokens';

interface Props {
  label: string;
  turns: readonly TurnCells[];
  row: Pick<UsableRow, 'contents' | 'offsets'>;
  onTurn: (message: number, weight: 0 | 1) => void;
}

/** Beside each turn its role, with a button that trains or masks the whole turn. Arrow keys move between the buttons. */
export function TurnGutter({ label, turns, row, onTurn }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const able = turns.flatMap((turn, index) => (turn.message === null ? [] : [index]));
  const [focused, setFocused] = useState<number | null>(null);
  const stop = focused !== null && able.includes(focused) ? focused : able[0];
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (step === undefined || stop === undefined) return;
    event.preventDefault();
    const at = (able.indexOf(stop) + step + able.length) % able.length;
    setFocused(able[at] ?? null);
    root.current?.querySelectorAll('button')[at]?.focus();
  };
  return (
    <div
      ref={root}
      className="turn-gutters"
      role="toolbar"
      aria-orientation="vertical"
      aria-label={label}
      onKeyDown={move}
    >
      {turns.map((turn, index) => {
        const { message } = turn;
        const style = { '--turn': index + 1 } as CSSProperties;
        const state = turnState(turn, row);
        if (message === null)
          return (
            <span key={index} className="gutter" style={style} aria-hidden="true">
              <span className="role">{turn.role}</span>
            </span>
          );
        const weight = state === 'masked' ? 1 : 0;
        const does = weight === 1 ? 'Train' : 'Mask';
        return (
          <button
            key={index}
            type="button"
            className="gutter"
            style={style}
            tabIndex={index === stop ? 0 : -1}
            aria-label={`${does} turn ${message + 1}: ${turn.role}, ${state}`}
            onFocus={() => setFocused(index)}
            onClick={() => onTurn(message, weight)}
          >
            <span className="role">{turn.role}</span>
            <span className="does">{does}</span>
          </button>
        );
      })}
    </div>
  );
}
