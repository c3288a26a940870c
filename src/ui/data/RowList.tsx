import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import type { RowView, UsableRow } from '../../protocol/rows';
import { needRows, selectRow, useDataset } from '../../state/datasetStore';
import { count } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { snippet, tokenCells, turnCells, type Snippet } from '../../state/tokens';
import { Icon } from '../common/Icon';

const itemHeight = 52;
const noIds: ReadonlySet<number> = new Set();

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

function Usable({ row, specialIds }: { row: UsableRow; specialIds: ReadonlySet<number> }) {
  const lines = useMemo(() => {
    const turns = turnCells(tokenCells(row, specialIds), row.offsets, row.turns).filter(
      (turn) => turn.role !== 'system',
    );
    return turns.slice(0, 2).map((turn) => snippet(turn, 120));
  }, [row, specialIds]);
  return (
    <>
      <span className="lines">
        <Line line={lines[0]} />
        <Line line={lines[1]} />
      </span>
      <span className="side">
        <span>{count(row.inputIds.length)} tokens</span>
        {row.fit !== 'fits' ? (
          <span className="mark warning">
            <Icon name="cut" />
            {fitWords[row.fit]}
          </span>
        ) : (
          row.warnings.length > 0 && (
            <span className="mark warning">
              <Icon name="warning" />
              {row.warnings.length}
              <span className="hidden">warnings</span>
            </span>
          )
        )}
      </span>
    </>
  );
}

const fitWords = {
  fits: 'fits',
  turns_dropped: 'turns dropped',
  answer_cut: 'answer cut',
  nothing_left: 'nothing left',
} as const;

const Content = memo(function Content({
  row,
  specialIds,
}: {
  row: RowView | undefined;
  specialIds: ReadonlySet<number>;
}) {
  if (!row) return <span className="lines muted">…</span>;
  if (row.ok) return <Usable row={row} specialIds={specialIds} />;
  return (
    <>
      <span className="lines">
        <span className="mark error">
          <Icon name="error" />
          Broken
        </span>
        <span className="line">{row.error.message}</span>
      </span>
      <span className="side">line {count(row.line)}</span>
    </>
  );
});

/** Every row of the file, drawn only where it is in sight. Arrow keys, Page Up and Down, Home and End move the choice. */
export function RowList({ rows }: { rows: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const views = useDataset((state) => state.rows);
  const selected = useDataset((state) => state.selected);
  const tokenizer = useModel((state) => state.tokenizer);
  const specialIds = tokenizer.kind === 'ready' ? tokenizer.specialIds : noIds;
  // eslint-disable-next-line react-hooks/incompatible-library -- only says that the React Compiler, not used here, skips this
  const virtualizer = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => itemHeight,
    overscan: 6,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => needRows(first, last), [first, last, views]);
  useEffect(() => virtualizer.scrollToIndex(selected), [selected, virtualizer]);

  const move = (event: KeyboardEvent): void => {
    const page = 4;
    const next = {
      ArrowDown: selected + 1,
      ArrowUp: selected - 1,
      PageDown: selected + page,
      PageUp: selected - page,
      Home: 0,
      End: rows - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    selectRow(next);
  };
  return (
    <div
      ref={scroller}
      className="row-list"
      role="listbox"
      aria-label="Rows"
      style={{ maxHeight: `min(60dvh, ${rows * itemHeight + 2}px)` }}
      tabIndex={0}
      aria-activedescendant={`row-${selected}`}
      onKeyDown={move}
    >
      <div className="rows" role="presentation" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => (
          <div
            key={item.key}
            id={`row-${item.index}`}
            className="row-item"
            role="option"
            aria-selected={item.index === selected}
            aria-posinset={item.index + 1}
            aria-setsize={rows}
            style={{ transform: `translateY(${item.start}px)` }}
            onClick={() => selectRow(item.index)}
          >
            <span className="number">{count(item.index + 1)}</span>
            <Content row={views.get(item.index)} specialIds={specialIds} />
          </div>
        ))}
      </div>
    </div>
  );
}
