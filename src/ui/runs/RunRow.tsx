import { memo, useState } from 'react';
import type { KeptRun } from '../../protocol/run';
import { bytes, lossText, parameters } from '../../state/format';
import { trainedModelName } from '../../state/modelNames';
import { compareRun, mostCompared } from '../../state/runs/curves';
import { undoDeleteRuns, useHistory } from '../../state/runs/historyStore';
import { runName, statusText, whenText } from '../../state/runs/runWords';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';
import { RunButtons } from './RunButtons';
import { RunDetails } from './RunDetails';
import { RunLetter } from './RunLetter';
import { RunTitle } from './RunTitle';

function Leaving({ run }: { run: KeptRun }) {
  const name = runName(run);
  return (
    <li className="run-row leaving">
      <p>{name} is deleted.</p>
      <Button onClick={() => undoDeleteRuns([run.record.id])} aria-label={`Undo deleting ${name}`}>
        <Icon name="undo" />
        Undo
      </Button>
    </li>
  );
}

/** The run in one line of facts, in words. */
function RunLine({ run }: { run: KeptRun }) {
  const { record, bytes: size } = run;
  const isLive = useHistory((state) => state.live.has(record.id));
  const best = useHistory((state) => state.figures.get(record.id)?.best);
  const { model, control } = record;
  return (
    <p className="facts-line">
      <span className="state">{statusText(record, isLive)}</span>
      {best && (
        <span>
          validation loss {lossText(best.loss)} at step {best.step}
        </span>
      )}
      <span>{record.dataName}</span>
      <span>
        {trainedModelName(model)} ({parameters(model.parameters)}, {model.weightDtype})
      </span>
      <span>{record.device.backend === 'webgpu' ? 'WebGPU' : 'WASM'}</span>
      <span>{whenText(record.createdAt)}</span>
      <span>{bytes(size)}</span>
      {control !== null && <span className="tag control">control: shuffled labels</span>}
    </p>
  );
}

/** A kept run: what it was, how it went, and what can be done with it. */
export const RunRow = memo(function RunRow({ run }: { run: KeptRun }) {
  const { id } = run.record;
  const isLeaving = useHistory((state) => state.leaving.has(id));
  const place = useHistory((state) => state.compared.indexOf(id));
  const isFull = useHistory((state) => state.compared.length >= mostCompared);
  const [open, setOpen] = useState(false);
  if (isLeaving) return <Leaving run={run} />;
  const name = runName(run);
  const { tags, note } = run.label;
  const ticked = place >= 0;
  return (
    <li className="run-row">
      <label className="tick" title={isFull && !ticked ? `${mostCompared} runs are compared at most` : undefined}>
        <input
          type="checkbox"
          aria-label={`Compare ${name}`}
          checked={ticked}
          disabled={isFull && !ticked}
          onChange={(event) => compareRun(id, event.target.checked)}
        />
      </label>
      <div className="about">
        <div className="title">
          {ticked && <RunLetter at={place} />}
          <RunTitle run={run} />
          {tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </div>
        <RunLine run={run} />
        {note !== '' && <p className="run-note">{note}</p>}
        <RunButtons run={run}>
          <Button look="quiet" aria-expanded={open} aria-label={`Details of ${name}`} onClick={() => setOpen(!open)}>
            {open ? 'Less' : 'Details'}
          </Button>
        </RunButtons>
        {open && <RunDetails run={run} />}
      </div>
    </li>
  );
});
