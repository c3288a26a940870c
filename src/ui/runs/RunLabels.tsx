import { useState } from 'react';
import type { KeptRun } from '../../protocol/run';
import { setRunLabel } from '../../state/runs/historyStore';
import { parseTags, runName } from '../../state/runs/runWords';

/** Tags and a note, taken when the field is left, or at Enter. */
export function RunLabels({ run }: { run: KeptRun }) {
  const { id } = run.record;
  const name = runName(run);
  const { tags, note } = run.label;
  const [typedTags, setTypedTags] = useState(tags.join(', '));
  const [typedNote, setTypedNote] = useState(note);
  const takeTags = (): void => {
    const next = parseTags(typedTags);
    setTypedTags(next.join(', '));
    if (next.join('\n') !== tags.join('\n')) void setRunLabel(id, { tags: next });
  };
  return (
    <div className="run-labels">
      <label>
        Tags, between commas
        <input
          type="text"
          aria-label={`Tags of ${name}`}
          value={typedTags}
          onChange={(event) => setTypedTags(event.target.value)}
          onBlur={takeTags}
          onKeyDown={(event) => event.key === 'Enter' && takeTags()}
        />
      </label>
      <label>
        Note
        <textarea
          rows={2}
          aria-label={`Note on ${name}`}
          value={typedNote}
          onChange={(event) => setTypedNote(event.target.value)}
          onBlur={() => typedNote !== note && void setRunLabel(id, { note: typedNote })}
        />
      </label>
    </div>
  );
}
