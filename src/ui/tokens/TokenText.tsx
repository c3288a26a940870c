import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type ClipboardEvent,
  type CSSProperties,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import { chunkTurns, type TokenCell, type TurnCells } from '../../state/tokens';
import { TokenChunk } from './TokenChunk';
import { useDrawn } from './useDrawn';
import { usePicking, type Picking } from './usePicking';

interface Props {
  turns: TurnCells[];
  label: string;
  byToken: boolean;
  showSpace: boolean;
  showIds?: boolean;
  onToken: (cell: TokenCell | null) => void;
  /** Beside each turn, in order; tokens alone without. */
  gutter?: ReactNode;
  /** Switching tokens by hand; tokens are only read without. */
  picking?: Picking;
  /** Floats at the picked tokens. */
  pickBar?: ReactNode;
}

/** Sets a mark on the tokens of a range that are drawn; returns the way to take it off. */
function markRange(idPrefix: string, first: number, last: number): () => void {
  const marked: Element[] = [];
  for (let index = first; index <= last; index++) {
    const element = document.getElementById(`${idPrefix}${index}`);
    element?.setAttribute('data-picked', '');
    if (element) marked.push(element);
  }
  return () => {
    for (const element of marked) element.removeAttribute('data-picked');
  };
}

/**
 * Text as tokens, turn by turn. Pointing at a token, or moving with the arrow keys (Home, End), makes it current.
 * Marks of the current and the picked tokens are set on the elements themselves: a row has thousands of tokens, and a
 * pointer that crosses them must not draw them all anew.
 */
export function TokenText(props: Props) {
  const { turns, label, byToken, showSpace, showIds = false, onToken, gutter, picking, pickBar } = props;
  const idPrefix = `${useId()}-`;
  const grid = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const root = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<number | null>(null);
  const cells = useMemo(() => turns.flatMap((turn) => turn.cells), [turns]);
  const chunks = useMemo(() => chunkTurns(turns), [turns]);
  const drawn = useDrawn(chunks);
  const picker = usePicking(picking);
  const picked = picking?.picked ?? null;

  useEffect(() => {
    const element = current === null ? null : document.getElementById(`${idPrefix}${current}`);
    element?.setAttribute('data-current', '');
    return () => element?.removeAttribute('data-current');
  }, [current, turns, idPrefix, drawn]);
  useEffect(
    () => (picked ? markRange(idPrefix, picked.first, picked.last) : undefined),
    [picked, turns, idPrefix, drawn, byToken, showIds],
  );
  // After a redraw the current cell may be trained where it was masked: say it anew.
  useEffect(() => {
    if (current !== null) onToken(cells[current] ?? null);
  }, [cells, current, onToken]);
  useLayoutEffect(() => {
    const anchor = picked && document.getElementById(`${idPrefix}${picked.last}`);
    if (!anchor || !bar.current) return;
    // Asked only where something is picked: it makes the browser lay the page out at once.
    const box = grid.current?.getBoundingClientRect();
    if (!box) return;
    const place = [...anchor.getClientRects()].at(-1) ?? anchor.getBoundingClientRect();
    const left = Math.max(0, Math.min(place.left - box.left, box.width - bar.current.offsetWidth));
    bar.current.style.translate = `${left}px ${place.bottom - box.top + 6}px`;
  }, [picked, turns, idPrefix, drawn, byToken, showIds, showSpace]);

  const byPointer = (event: PointerEvent): void => {
    const index = event.target instanceof HTMLElement ? event.target.dataset['index'] : undefined;
    if (index !== undefined && Number(index) !== current) setCurrent(Number(index));
  };
  const byKey = (event: KeyboardEvent): void => {
    if (picker?.onKey(event, current) === true) {
      event.preventDefault();
      return;
    }
    const last = cells.length - 1;
    const at = current ?? -1;
    const next = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: last }[
      event.key
    ];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    const index = Math.max(0, Math.min(last, next));
    picker?.moved(current ?? index, index, event.shiftKey);
    setCurrent(index);
    document.getElementById(`${idPrefix}${index}`)?.scrollIntoView({ block: 'nearest' });
  };
  const byCopy = (event: ClipboardEvent): void => {
    if (!picked) return;
    event.preventDefault();
    const text = cells.slice(picked.first, picked.last + 1).map((cell) => cell.text);
    event.clipboardData.setData('text/plain', text.join(''));
  };
  const lastDrawn = drawn < chunks.length ? (chunks[drawn]?.turn ?? 0) : turns.length;
  const shape = { '--turns': turns.length } as CSSProperties;
  return (
    <div ref={grid} className={`token-grid${gutter === undefined ? '' : ' with-gutter'}`} style={shape}>
      {gutter}
      <div
        ref={root}
        className={`tokens${byToken ? ' by-token' : ''}${showIds ? ' with-ids' : ''}${picking ? ' by-hand' : ''}`}
        role="listbox"
        aria-label={label}
        aria-multiselectable="true"
        aria-activedescendant={current === null ? undefined : `${idPrefix}${current}`}
        aria-busy={drawn < chunks.length}
        aria-keyshortcuts={picking ? 'T M U' : undefined}
        tabIndex={0}
        onPointerOver={byPointer}
        onPointerDown={(event) => {
          byPointer(event);
          picker?.onPointerDown(event);
        }}
        onPointerMove={picker?.onPointerMove}
        onPointerUp={picker?.onPointerUp}
        onPointerCancel={picker?.onPointerCancel}
        onKeyDown={byKey}
        onCopy={byCopy}
        onFocus={() => {
          // A pointer's token may already be on its way into the state.
          if (cells.length > 0) setCurrent((known) => known ?? 0);
        }}
      >
        {turns.map(
          (turn, index) =>
            index <= lastDrawn && (
              <div
                key={index}
                className="turn"
                role="group"
                aria-label={turn.message === null ? turn.role || 'text' : `Turn ${turn.message + 1}: ${turn.role}`}
                style={{ '--turn': index + 1 } as CSSProperties}
              >
                {chunks.map(
                  (chunk, at) =>
                    chunk.turn === index &&
                    at < drawn && (
                      <TokenChunk
                        key={at}
                        cells={chunk.cells}
                        isCut={chunk.isCut}
                        isPart={chunk.cells.length < turn.cells.length}
                        idPrefix={idPrefix}
                        byToken={byToken}
                        showSpace={showSpace}
                        showIds={showIds}
                      />
                    ),
                )}
              </div>
            ),
        )}
      </div>
      {picked && pickBar !== undefined && (
        <div ref={bar} className="pick-bar">
          {pickBar}
        </div>
      )}
    </div>
  );
}
