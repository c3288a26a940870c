import { useId, useMemo, useState } from 'react';
import type { KeptRun } from '../../protocol/run';
import { plural } from '../../state/format';
import { deleteRuns, undoDeleteRuns, useHistory } from '../../state/runs/historyStore';
import { allTags, foundRuns, orderedRuns, runOrders, type RunOrder } from '../../state/runs/runOrder';
import { closeRuns, openPane } from '../../state/viewStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';
import { RunRow } from './RunRow';

const orderNames: Record<RunOrder, string> = {
  newest: 'newest first',
  loss: 'lowest validation loss first',
  size: 'largest first',
  name: 'by name',
};

function Empty() {
  return (
    <div className="empty">
      <p>
        No runs yet. Every fine-tune is kept here with its recipe, curves, answers and checkpoints: to compare, to
        continue, to chat with again.
      </p>
      <Button
        onClick={() => {
          closeRuns();
          openPane('train');
        }}
      >
        To the Train pane
      </Button>
    </div>
  );
}

/** The kept runs, found by words or tag, in the order asked for. */
export function RunList({ runs }: { runs: readonly KeptRun[] }) {
  const figures = useHistory((state) => state.figures);
  const leaving = useHistory((state) => state.leaving);
  const live = useHistory((state) => state.live);
  const [text, setText] = useState('');
  const [tag, setTag] = useState('');
  const [order, setOrder] = useState<RunOrder>('newest');
  const headingId = useId();
  const tags = allTags(runs);
  // A tag that no run has any more chooses nothing.
  const chosen = tags.includes(tag) ? tag : null;
  const shown = useMemo(
    () => orderedRuns(foundRuns(runs, text, chosen), order, figures),
    [runs, text, chosen, order, figures],
  );
  if (runs.length === 0) return <Empty />;
  const leavingHere = shown.filter(({ record }) => leaving.has(record.id));
  const staying = shown.filter(({ record }) => !leaving.has(record.id) && !live.has(record.id));
  return (
    <section className="section ruled" aria-labelledby={headingId}>
      <h3 id={headingId}>Kept runs</h3>
      <div className="run-filter">
        <input
          type="text"
          aria-label="Find runs"
          placeholder="Find by name, data, model, tag, note"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        {tags.length > 0 && (
          <select aria-label="Tag" value={chosen ?? ''} onChange={(event) => setTag(event.target.value)}>
            <option value="">any tag</option>
            {tags.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        )}
        <select
          aria-label="Order of runs"
          value={order}
          onChange={(event) => setOrder(runOrders.find((one) => one === event.target.value) ?? 'newest')}
        >
          {runOrders.map((one) => (
            <option key={one} value={one}>
              {orderNames[one]}
            </option>
          ))}
        </select>
      </div>
      {shown.length === 0 ? (
        <p className="note">
          No run matches.{' '}
          <Button
            look="quiet"
            onClick={() => {
              setText('');
              setTag('');
            }}
          >
            Show all {runs.length}
          </Button>
        </p>
      ) : (
        <ul className="run-list" aria-labelledby={headingId}>
          {shown.map((run) => (
            <RunRow key={run.record.id} run={run} />
          ))}
        </ul>
      )}
      {leavingHere.length > 1 && (
        <p className="note" role="status">
          {plural(leavingHere.length, 'run')} deleted.{' '}
          <Button look="quiet" onClick={() => undoDeleteRuns(leavingHere.map(({ record }) => record.id))}>
            <Icon name="undo" />
            Undo deleting {plural(leavingHere.length, 'run')}
          </Button>
        </p>
      )}
      {staying.length > 1 && (
        <p className="note">
          <Button look="quiet" onClick={() => deleteRuns(staying.map(({ record }) => record.id))}>
            Delete {staying.length === runs.length ? 'all' : 'these'} {plural(staying.length, 'run')}
          </Button>
        </p>
      )}
    </section>
  );
}
