import { useRef } from 'react';
import { useDevice } from '../../state/deviceStore';
import { bytes, plural } from '../../state/format';
import { importRuns, useHistory } from '../../state/runs/historyStore';
import { Button } from '../common/Button';
import { Icon } from '../common/Icon';

/** What the runs take on this machine and what is free; runs from elsewhere come in here. */
export function RunsStorage() {
  const runs = useHistory((state) => state.runs?.length ?? 0);
  const totalBytes = useHistory((state) => state.totalBytes);
  const importing = useHistory((state) => state.importing);
  const storage = useDevice((state) => state.storage);
  const input = useRef<HTMLInputElement>(null);
  const free = storage ? Math.max(0, storage.quotaBytes - storage.usedBytes) : null;
  return (
    <div className="runs-storage">
      <p className="note">
        {runs > 0 &&
          `${plural(runs, 'run')} and ${runs === 1 ? 'its' : 'their'} rows take ${bytes(totalBytes)} on this machine`}
        {runs > 0 && free !== null && '; '}
        {free !== null && `${bytes(free)} is free for this page`}
        {(runs > 0 || free !== null) && '.'}
      </p>
      <Button unavailable={importing ? 'A run is being read' : null} onClick={() => input.current?.click()}>
        <Icon name="file" />
        Import a run
      </Button>
      <input
        ref={input}
        type="file"
        accept=".zip"
        multiple
        hidden
        aria-label="Choose the zip of a run"
        onChange={(event) => {
          const files = [...(event.target.files ?? [])];
          event.target.value = '';
          if (files.length > 0) void importRuns(files);
        }}
      />
    </div>
  );
}
