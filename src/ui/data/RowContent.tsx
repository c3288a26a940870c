import { memo, useMemo } from 'react';
import type { RowView, UsableRow } from '../../protocol/rows';
import { count } from '../../state/format';
import { contentOf, snippet, tokenCells, turnCells, type Snippet } from '../../state/tokens';
import { Icon } from '../common/Icon';
import { useTurn } from '../common/useTurn';

/** Tokens that are looked at for the two lines of a row; a row of the list shows a hundred characters. */
const lookedAtTokens = 160;

const fitWords = {
  fits: 'fits',
  turns_dropped: 'turns dropped',
  answer_cut: 'answer cut',
  nothing_left: 'nothing left',
} as const;

function Line({ line }: { line: Snippet | undefined }) {
  return (
    <span className="line">
      {line?.parts.map((part, index) => (
        <span key={index} className={part.trained ? 'trained' : ''}>
          {part.text}
        </span>
      ))}
    </span>
  );
}

/** The one thing worth saying about a row beside its length. */
function Mark({ row }: { row: UsableRow }) {
  if (row.dropped) return <span className="mark">left out</span>;
  if (row.fit !== 'fits') {
    return (
      <span className="mark warning">
        <Icon name="cut" />
        {fitWords[row.fit]}
      </span>
    );
  }
  if (!row.labels.some((label) => label >= 0)) {
    return (
      <span className="mark warning">
        <Icon name="warning" />
        nothing to learn
      </span>
    );
  }
  if (row.warnings.length > 0) {
    return (
      <span className="mark warning">
        <Icon name="warning" />
        {row.warnings.length}
        <span className="hidden">warnings</span>
      </span>
    );
  }
  if (row.edited) return <span className="mark">changed</span>;
  if (row.split === 'validation' || row.split === 'test') return <span className="mark">{row.split}</span>;
  return null;
}

const nothingYet = <span className="lines muted">…</span>;

function Usable({ row, specialIds }: { row: UsableRow; specialIds: ReadonlySet<number> }) {
  const isDue = useTurn();
  return isDue ? <Described row={row} specialIds={specialIds} /> : nothingYet;
}

function Described({ row, specialIds }: { row: UsableRow; specialIds: ReadonlySet<number> }) {
  const lines = useMemo(() => {
    const first = { ...row, inputIds: row.inputIds.slice(0, lookedAtTokens) };
    const turns = turnCells(tokenCells(first, specialIds), row.offsets, row.turns).filter(
      (turn) => turn.role !== 'system',
    );
    return turns.slice(0, 2).map((turn) => snippet(contentOf(turn, row), 120));
  }, [row, specialIds]);
  return (
    <>
      <span className="lines">
        <Line line={lines[0]} />
        <Line line={lines[1]} />
      </span>
      <span className="side">
        <span>{count(row.inputIds.length)} tokens</span>
        <Mark row={row} />
      </span>
    </>
  );
}

/** What the list says of a row. */
export const RowContent = memo(function RowContent({
  place,
  row,
  specialIds,
}: {
  /** Number of the row in the file: another row waits for its own turn to be drawn. */
  place: number;
  row: RowView | undefined;
  specialIds: ReadonlySet<number>;
}) {
  if (!row) return nothingYet;
  if (row.ok) return <Usable key={place} row={row} specialIds={specialIds} />;
  return (
    <>
      <span className="lines">
        <span className={`mark ${row.dropped ? '' : 'error'}`}>
          <Icon name="error" />
          {row.dropped ? 'Broken, left out' : 'Broken'}
        </span>
        <span className="line">{row.error.message}</span>
      </span>
      <span className="side">line {count(row.line)}</span>
    </>
  );
});
