import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, type KeyboardEvent } from 'react';
import { needRows, needScattered, selectRow, useDataset } from '../../state/datasetStore';
import { count } from '../../state/format';
import { useModel } from '../../state/modelStore';
import { filterRows, neighbour, useRowFilter } from '../../state/rowFilterStore';
import { Button } from '../common/Button';
import { RowContent } from './RowContent';

const itemHeight = 52;
/** Rows drawn above and below those in sight. */
const overscan = 4;
/** Browsers give up placing things beyond some 17 million pixels: longer lists are drawn around the selected row. */
const windowRows = 200_000;
const noIds: ReadonlySet<number> = new Set();

/** Every row of the file, or those of a filter, drawn only where in sight. Arrow keys, Page Up and Down, Home and End move the choice. */
export function RowList({ rows }: { rows: number }) {
  const scroller = useRef<HTMLDivElement>(null);
  const views = useDataset((state) => state.rows);
  const version = useDataset((state) => state.version);
  const selected = useDataset((state) => state.selected);
  const filtered = useRowFilter((state) => state.rows);
  const tokenizer = useModel((state) => state.tokenizer);
  const specialIds = tokenizer.kind === 'ready' ? tokenizer.specialIds : noIds;
  const listed = filtered?.length ?? rows;
  const place = useMemo(() => (filtered === null ? selected : placeOf(filtered, selected)), [filtered, selected]);
  const start = Math.floor(place / windowRows) * windowRows;
  const rowAt = (index: number): number => (filtered === null ? start + index : (filtered[start + index] ?? 0));
  // eslint-disable-next-line react-hooks/incompatible-library -- only says that the React Compiler, not used here, skips this
  const virtualizer = useVirtualizer({
    count: Math.max(0, Math.min(windowRows, listed - start)),
    getScrollElement: () => scroller.current,
    estimateSize: () => itemHeight,
    overscan,
    // Drawn with React's next frame, not inside of the scroll event, which would hold the scroll up.
    useFlushSync: false,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? -1;
  // Elements are kept and show other rows: a fast scroll makes none anew, and leaves none to the garbage collector.
  const slots = Math.ceil((virtualizer.scrollRect?.height ?? 0) / itemHeight) + 1 + 2 * overscan;
  useEffect(() => {
    if (last < first) return;
    if (filtered === null) needRows(start + first, start + last);
    else needScattered(filtered.slice(start + first, start + last + 1));
  }, [first, last, start, filtered, version]);
  useEffect(() => virtualizer.scrollToIndex(place - start), [place, start, virtualizer]);

  const move = (event: KeyboardEvent): void => {
    const page = 4;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    const ends = { Home: 0, End: listed - 1 }[event.key];
    if ((steps ?? ends) === undefined || listed === 0) return;
    event.preventDefault();
    if (filtered === null) {
      selectRow(ends ?? selected + (steps ?? 0));
      return;
    }
    const isListed = filtered[place] === selected;
    const near = steps === undefined || isListed ? null : neighbour(filtered, selected, steps > 0 ? 1 : -1);
    const to = Math.max(0, Math.min(ends ?? place + (steps ?? 0), listed - 1));
    selectRow(near ?? filtered[to] ?? selected);
  };
  if (listed === 0) {
    return (
      <div className="empty">
        <p className="note">No row of this class is left.</p>
        <Button onClick={() => void filterRows('all')}>Show all rows</Button>
      </div>
    );
  }
  return (
    <div
      ref={scroller}
      className="row-list"
      role="listbox"
      aria-label="Rows"
      style={{ maxHeight: `min(60dvh, ${listed * itemHeight + 2}px)` }}
      tabIndex={0}
      aria-activedescendant={`row-${selected}`}
      onKeyDown={move}
    >
      <div className="rows" role="presentation" style={{ height: virtualizer.getTotalSize() }}>
        {items.map((item) => {
          const row = rowAt(item.index);
          const view = views.get(row);
          return (
            <div
              key={item.index % slots}
              id={`row-${row}`}
              className={`row-item${view?.ok === false ? ' broken' : ''}${view?.dropped === true ? ' dropped' : ''}`}
              role="option"
              aria-selected={row === selected}
              aria-posinset={start + item.index + 1}
              aria-setsize={listed}
              style={{ transform: `translateY(${item.start}px)` }}
              onClick={() => selectRow(row)}
            >
              <span className="number">{count(row + 1)}</span>
              <RowContent place={row} row={view} specialIds={specialIds} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Where a row stands in an ascending list, or where it would. */
function placeOf(rows: readonly number[], row: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < row) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, Math.min(low, rows.length - 1));
}
