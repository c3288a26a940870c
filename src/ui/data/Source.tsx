import { useRef } from 'react';
import { useDataset } from '../../state/datasetStore';
import { openHeldOut } from '../../state/heldOutStore';
import { dismissSaid, useOpening } from '../../state/openData';
import { openOwnFiles, openSample, useSamples } from '../../state/samplesStore';
import { acceptedFiles } from '../../state/sortFiles';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

/** What was done with files that came together, and what can be done with those left over. */
function Said() {
  const { said, unused } = useOpening();
  if (said === '') return null;
  const [spare] = unused;
  return (
    <p className="said note">
      <span>{said}</span>
      {spare && (
        <button
          type="button"
          className="link"
          onClick={() => {
            dismissSaid();
            void openHeldOut('validation', spare);
          }}
        >
          Use {spare.name} for validation
        </button>
      )}
      <Button look="quiet" className="icon-only" aria-label="Dismiss" onClick={dismissSaid}>
        <Icon name="close" />
      </Button>
    </p>
  );
}

/** The way in: sample sets, or files (which can also be dropped anywhere on the page). */
export function Source() {
  const samples = useSamples((state) => state.samples);
  const current = useSamples((state) => state.current);
  const fileName = useDataset((state) => state.file?.name);
  const input = useRef<HTMLInputElement>(null);
  return (
    <div className="section">
      <div className="source">
        <select
          aria-label="Sample set"
          value={current?.id ?? ''}
          onChange={(event) => void openSample(event.target.value)}
        >
          {!current && (
            <option value="">{fileName === undefined ? 'Open a sample set' : `Your file: ${fileName}`}</option>
          )}
          {samples.map((sample) => (
            <option key={sample.id} value={sample.id}>
              Sample: {sample.title}
            </option>
          ))}
        </select>
        <Button onClick={() => input.current?.click()}>
          <Icon name="file" />
          Choose or drop a file
        </Button>
        <input
          ref={input}
          className="hidden"
          type="file"
          multiple
          accept={acceptedFiles}
          tabIndex={-1}
          aria-label="Choose a file"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = '';
            void openOwnFiles(files);
          }}
        />
      </div>
      {current && <p className="note">{current.description}</p>}
      <Said />
    </div>
  );
}
