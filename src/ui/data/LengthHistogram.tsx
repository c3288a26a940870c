import { memo, useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { count, percent, plural } from '../../state/format';
import {
  lengthBins,
  lengthScale,
  lengthTicks,
  type LengthBin,
  type LengthFigures,
  type LengthScale,
} from '../../state/lengthFigures';
import { valueAt } from '../../state/recipePaths';
import { editRecipe, resetRecipe, useRecipe } from '../../state/recipeStore';
import { Button } from '../common/Button';

/** Drawing units; the picture is stretched to the pane's width, its height stays. */
const width = 1000;
const height = 96;
const path = 'training.max_length';

const Bars = memo(function Bars({
  bins,
  scale,
  maxLength,
}: {
  bins: LengthBin[];
  scale: LengthScale;
  maxLength: number;
}) {
  const most = Math.max(1, ...bins.map((bin) => bin.rows));
  return bins.map((bin) => {
    if (bin.rows === 0) return null;
    const left = scale.position(bin.from) * width;
    const right = scale.position(bin.to + 1) * width;
    // A single row among a hundred thousand still shows.
    const tall = Math.max(2, (bin.rows / most) * (height - 4));
    return (
      <rect
        key={bin.from}
        className={bin.from > maxLength ? 'beyond' : ''}
        x={left}
        y={height - tall}
        width={Math.max(2, right - left - 2)}
        height={tall}
      />
    );
  });
});

function BinTable({ bins, rows }: { bins: LengthBin[]; rows: number }) {
  return (
    <details className="note">
      <summary>As a table</summary>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Rows by length">
        <table className="figures-table">
          <thead>
            <tr>
              <th scope="col">tokens</th>
              <th scope="col">rows</th>
              <th scope="col">share</th>
            </tr>
          </thead>
          <tbody>
            {bins
              .filter((bin) => bin.rows > 0)
              .map((bin) => (
                <tr key={bin.from}>
                  <td>{bin.from === bin.to ? count(bin.from) : `${count(bin.from)}–${count(bin.to)}`}</td>
                  <td>{count(bin.rows)}</td>
                  <td>{percent(bin.rows, rows)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

/** What a length means for the rows. */
function consequence(figures: LengthFigures, length: number, dropsTurns: boolean): string {
  const cut = figures.cut(length);
  const shortened = dropsTurns ? figures.shortened(length) : 0;
  const says = [`${count(figures.fits(length))} of ${plural(figures.rows, 'row')} fit`];
  if (shortened > 0) says.push(`${plural(shortened, 'row loses', 'rows lose')} earlier turns`);
  if (cut > 0) says.push(`${plural(cut, 'answer')} would be cut (${percent(cut, figures.rows)})`);
  // Where earlier turns go, their answers go too.
  else if (shortened === 0) says.push('no answer would be cut');
  return says.join(' · ');
}

/** Rows by length, with max_length as a handle to drag: it says at once what would be cut, and is set on release. */
export function LengthHistogram({ figures }: { figures: LengthFigures }) {
  const set = useRecipe((state) => state.recipe.training.max_length);
  const recommended = useRecipe((state) => valueAt(state.recommended, path)) as number;
  const [dragged, setDragged] = useState<number | null>(null);
  const plot = useRef<HTMLDivElement>(null);
  const saysId = useId();
  // The axis stands still while the handle moves.
  const scale = useMemo(() => lengthScale(figures, set), [figures, set]);
  const bins = useMemo(() => lengthBins(figures, scale), [figures, scale]);
  const length = dragged ?? set;
  const isBeyond = length > scale.max;
  const everyAnswer = useMemo(() => figures.lengthFor(0), [figures]);
  const mostAnswers = useMemo(() => figures.lengthFor(0.01), [figures]);
  const dropsTurns = useRecipe((state) => state.recipe.training.truncation === 'drop_oldest_turns');
  const keepsTurns = !dropsTurns || figures.shortened(everyAnswer) === 0;
  const says = consequence(figures, length, dropsTurns);

  const lengthAt = (event: PointerEvent): number => {
    const box = plot.current?.getBoundingClientRect();
    return box ? scale.tokens((event.clientX - box.left) / box.width) : length;
  };
  const byKey = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 10 : 1;
    const leap = Math.max(1, Math.round(length / 10));
    const next = {
      ArrowRight: length + step,
      ArrowUp: length + step,
      ArrowLeft: length - step,
      ArrowDown: length - step,
      PageUp: length + leap,
      PageDown: length - leap,
      Home: Math.max(1, figures.shortest),
      End: figures.longest,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    editRecipe(path, Math.max(1, Math.min(next, Math.max(scale.max, set))));
  };
  return (
    <figure className="lengths">
      <div
        ref={plot}
        className="plot"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          setDragged(lengthAt(event));
        }}
        onPointerMove={(event) => {
          if (dragged !== null) setDragged(lengthAt(event));
        }}
        onPointerUp={(event) => {
          if (dragged === null) return;
          editRecipe(path, lengthAt(event));
          setDragged(null);
        }}
        onPointerCancel={() => setDragged(null)}
      >
        <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          <Bars bins={bins} scale={scale} maxLength={length} />
        </svg>
        <div
          className={`handle${isBeyond ? ' outside' : ''}`}
          role="slider"
          tabIndex={0}
          aria-label="Max length"
          aria-orientation="horizontal"
          aria-valuemin={1}
          aria-valuemax={Math.max(scale.max, set)}
          aria-valuenow={length}
          aria-valuetext={`${count(length)} tokens: ${says}`}
          aria-describedby={saysId}
          style={{ left: `${scale.position(length) * 100}%` }}
          onKeyDown={byKey}
        >
          <span className="grip" />
        </div>
      </div>
      <div className="ticks" aria-hidden="true">
        {lengthTicks(scale).map((tick) => (
          <span key={tick} style={{ left: `${scale.position(tick) * 100}%` }}>
            {count(tick)}
          </span>
        ))}
      </div>
      <figcaption id={saysId}>
        <strong>max length {count(length)} tokens</strong> · {says}
      </figcaption>
      <div className="field-line">
        {!keepsTurns && figures.longest !== set && (
          <Button onClick={() => editRecipe(path, figures.longest)}>Keep every turn ({count(figures.longest)})</Button>
        )}
        {everyAnswer !== set && (
          <Button onClick={() => editRecipe(path, everyAnswer)}>
            Keep every {keepsTurns ? 'answer' : 'last answer'} ({count(everyAnswer)})
          </Button>
        )}
        {mostAnswers !== everyAnswer && mostAnswers !== set && (
          <Button onClick={() => editRecipe(path, mostAnswers)}>Keep 99 % ({count(mostAnswers)})</Button>
        )}
        {set !== recommended && (
          <button type="button" className="link" onClick={() => resetRecipe(path)}>
            back to {count(recommended)}
          </button>
        )}
      </div>
      <BinTable bins={bins} rows={figures.rows} />
    </figure>
  );
}
