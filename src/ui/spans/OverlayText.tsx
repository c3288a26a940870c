import { useMemo } from 'react';
import type { UsableRow } from '../../protocol/rows';
import { overlay, overlayRuns, type OverlayRun } from '../../state/maskOverlay';
import { count } from '../../state/format';
import { visibleSpace } from '../../state/tokens';

interface Side {
  name: string;
  row: UsableRow;
}

const textOf = (run: OverlayRun): string => run.cells.map((cell) => cell.text).join('');

function Run({ run, a, b }: { run: OverlayRun; a: string; b: string }) {
  const tag =
    run.mark === 'onlyA'
      ? `only ${a}`
      : run.mark === 'onlyB'
        ? `only ${b}`
        : run.inText === 'both'
          ? null
          : `only in the text of ${run.inText === 'a' ? a : b}`;
  const text = textOf(run);
  // A line feed that only one trains would be an invisible difference.
  const shown = tag === null ? text : visibleSpace(text);
  return (
    <span className={`laid ${run.mark === 'both' ? 'shared' : run.mark} in-${run.inText}`}>
      {tag !== null && <span className="run-tag">{tag}</span>}
      {run.mark === 'neither' && tag === null ? text : <span className="run-text">{shown}</span>}
    </span>
  );
}

/** Two labellings of one row in one text: what both train, and, each with its name, what only one trains. */
export function OverlayText({ a, b, specialIds }: { a: Side; b: Side; specialIds: ReadonlySet<number> }) {
  const laid = useMemo(() => overlay(a.row, b.row, specialIds), [a.row, b.row, specialIds]);
  const runs = useMemo(() => overlayRuns(laid.cells), [laid]);
  const { both, onlyA, onlyB } = laid.counts;
  return (
    <>
      <p className="key">
        <span>
          <span className="laid shared">
            <span className="run-text mono">both</span>
          </span>{' '}
          {count(both)} tokens
        </span>
        <span>
          <span className="laid onlyA">
            <span className="run-text mono">only {a.name}</span>
          </span>{' '}
          {count(onlyA)}
        </span>
        <span>
          <span className="laid onlyB">
            <span className="run-text mono">only {b.name}</span>
          </span>{' '}
          {count(onlyB)}
        </span>
        {!laid.sameIds && <span>The two give the model different texts.</span>}
      </p>
      <p
        className="overlay"
        tabIndex={0}
        role="group"
        aria-label={`Row ${a.row.row + 1} under ${a.name} and ${b.name}`}
      >
        {runs.map((run, index) => (
          <Run key={index} run={run} a={a.name} b={b.name} />
        ))}
      </p>
    </>
  );
}
