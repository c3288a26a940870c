import { useMemo, useState, type ReactNode } from 'react';
import type { UsableRow } from '../../protocol/rows';
import { addEdit, addEdits, undo, useEdits } from '../../state/editsStore';
import { count, plural } from '../../state/format';
import { partEdits, pickedContents, turnEdit, wordRange, type TokenRange } from '../../state/maskSelection';
import { tokenCells, turnCells, type TokenCell } from '../../state/tokens';
import { announce } from '../../state/viewStore';
import { PickBar } from './PickBar';
import { TokenInspector } from './TokenInspector';
import { TokenText } from './TokenText';
import { TurnGutter } from './TurnGutter';

interface Props {
  row: UsableRow;
  specialIds: ReadonlySet<number>;
  byToken: boolean;
  showSpace: boolean;
  showIds: boolean;
  /** Between the tokens and the inspector: what comes and goes there moves no token. */
  children?: ReactNode;
}

/** Longer picks are named by their count of tokens. */
const longestQuote = 24;
const done = (weight: 0 | 1): string => (weight === 1 ? 'Trained' : 'Masked');

/** A row's tokens with what is trained, and the hands that change it: by turn, word or range. The worker labels; the page asks. */
export function HandTokens({ row, specialIds, byToken, showSpace, showIds, children }: Props) {
  const [cell, setCell] = useState<TokenCell | null>(null);
  // Belongs to this text: under another template the same numbers are other tokens.
  const [held, setHeld] = useState<{ text: string; range: TokenRange } | null>(null);
  const picked = held?.text === row.text ? held.range : null;
  const setPicked = (range: TokenRange | null): void => setHeld(range && { text: row.text, range });
  const undoes = useEdits((state) => state.log.findLast((entry) => !entry.undone)?.label ?? null);
  const cells = useMemo(() => tokenCells(row, specialIds), [row, specialIds]);
  const turns = useMemo(() => turnCells(cells, row.offsets, row.turns), [cells, row]);
  const contents = useMemo(() => (picked ? pickedContents(row, picked) : null), [row, picked]);

  const setTurn = (message: number, weight: 0 | 1): void => {
    void addEdit(
      turnEdit(row.row, message, weight),
      `${done(weight)} turn ${message + 1} of row ${count(row.row + 1)}`,
    );
  };
  const setWeight = (range: TokenRange, weight: 0 | 1): void => {
    const { parts } = pickedContents(row, range);
    if (parts.length === 0) {
      announce(row.placesNote ?? 'The template’s own text can’t be switched by hand.');
      return;
    }
    const text = row.text.slice(row.offsets[2 * range.first], row.offsets[2 * range.last + 1]).trim();
    const what = text.length <= longestQuote ? `“${text}”` : plural(range.last - range.first + 1, 'token');
    void addEdits(partEdits(row.row, parts, weight), `${done(weight)} ${what} in row ${count(row.row + 1)}`);
  };
  const unitAt = (index: number): TokenRange =>
    byToken ? { first: index, last: index } : wordRange(row, index, cells[index]?.special ?? false);
  const takeBack = (): void => void undo();
  return (
    <>
      <TokenText
        turns={turns}
        label={`Tokens of row ${row.row + 1}`}
        byToken={byToken}
        showSpace={showSpace}
        showIds={byToken && showIds}
        onToken={setCell}
        gutter={<TurnGutter label={`Turns of row ${row.row + 1}`} turns={turns} row={row} onTurn={setTurn} />}
        picking={{ picked, onPick: setPicked, unitAt, onWeight: setWeight, onUndo: takeBack }}
        pickBar={
          picked &&
          contents && (
            <PickBar
              picked={picked}
              contents={contents}
              placesNote={row.placesNote}
              undoes={undoes}
              onWeight={(weight) => setWeight(picked, weight)}
              onUndo={takeBack}
              onClose={() => setPicked(null)}
            />
          )
        }
      />
      {children}
      <TokenInspector cell={cell} withLabels />
    </>
  );
}
