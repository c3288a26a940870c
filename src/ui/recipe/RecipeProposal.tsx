import { useEffect, useRef } from 'react';
import { plural } from '../../state/format';
import { applyProposal, dismissProposal, undoProposal, useProposal } from '../../state/recipeProposal';
import { Button } from '../common/Button';
import { ErrorCard } from '../common/ErrorCard';
import { Icon } from '../common/Icon';
import { DiffTable } from './DiffTable';

const columns = [
  { key: 'now', name: 'now' },
  { key: 'then', name: 'then' },
];

function Notes({ notes }: { notes: readonly string[] }) {
  return notes.map((note) => (
    <p key={note} className="note">
      {note}
    </p>
  ));
}

/** A recipe from a file, a link or an earlier run: what it would change first, then applied, with the way back. */
export function RecipeProposal() {
  const { proposal, applied, error } = useProposal();
  const region = useRef<HTMLElement>(null);
  useEffect(() => {
    if (proposal || error || applied) region.current?.scrollIntoView({ block: 'nearest' });
  }, [proposal, error, applied]);
  if (error) {
    return (
      <section ref={region} aria-label="Recipe to open">
        <ErrorCard error={error}>
          <Button onClick={dismissProposal}>Dismiss</Button>
        </ErrorCard>
      </section>
    );
  }
  if (proposal) {
    const { from, rows, notes } = proposal;
    return (
      <section ref={region} className="section proposal" aria-label="Recipe to open">
        <h3>Recipe of {from}</h3>
        <p>{rows.length === 0 ? 'It is what is set already.' : `It changes ${plural(rows.length, 'setting')}.`}</p>
        <Notes notes={notes} />
        {rows.length > 0 && <DiffTable rows={rows} columns={columns} />}
        <div className="row">
          {rows.length > 0 && <Button onClick={applyProposal}>Apply</Button>}
          <Button look="quiet" onClick={dismissProposal}>
            {rows.length === 0 ? 'Close' : 'Leave as it is'}
          </Button>
        </div>
      </section>
    );
  }
  if (!applied) return null;
  return (
    <section ref={region} className="section proposal" aria-label="Recipe opened">
      <p role="status">
        <span className="mark">
          <Icon name="check" />
        </span>{' '}
        {applied.rows.length === 0
          ? `The settings are those of ${applied.from} already.`
          : `${plural(applied.rows.length, 'setting')} taken from ${applied.from}.`}
      </p>
      <Notes notes={applied.notes} />
      <div className="row">
        {applied.rows.length > 0 && (
          <Button onClick={undoProposal}>
            <Icon name="undo" />
            Undo
          </Button>
        )}
        <Button look="quiet" onClick={dismissProposal}>
          Close
        </Button>
      </div>
    </section>
  );
}
